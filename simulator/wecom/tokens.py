"""Access tokens: one per corp and app secret, 7200 s by the simulated clock (protocol 2.1)."""

from __future__ import annotations

import hmac

from simulator.common.values import JsonObject
from simulator.wecom.errors import ApiError
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.state import App, Corp, Token


def issue(platform: Platform, corp_id: str, secret: str, address: str) -> JsonObject:
    """gettoken: 41002/41004 missing, 40013 corp, 40001 secret, 50003 app disabled.

    A repeated call inside the validity returns the same token, as the platform did when last
    documented; a bot must not rely on it.
    """
    if not corp_id:
        raise ApiError(41002)
    if not secret:
        raise ApiError(41004)
    corp = platform.corps.get(corp_id)
    if corp is None:
        raise ApiError(40013)
    app = _app_of(corp, secret)
    if app is None:
        wrong = platform.limits.wrong_secrets
        counted = corp.counters.take(f"wrong:{address}", wrong, platform.now())
        raise ApiError(40001 if counted else 45009)
    check_app(app, address)
    token = _living(platform, corp, app)
    if token is None:
        expires = platform.now() + platform.limits.token_life
        token = Token(made_up("TOKEN"), app.agent_id, expires)
        corp.tokens[token.value] = token
    left = int((token.expires - platform.now()).total_seconds())
    return {"access_token": token.value, "expires_in": left}


def check_rates(platform: Platform, corp_id: str, secret: str, *, debug: bool) -> None:
    """45009 for too many gettoken calls of one app, with or without `debug=1`."""
    rates = platform.limits.gettoken_debug if debug else platform.limits.gettoken
    key = f"gettoken:{debug}:{corp_id}:{secret}"
    if not platform.counters.take(key, rates, platform.now()):
        raise ApiError(45009)


def check(platform: Platform, value: str, address: str) -> tuple[Corp, App]:
    """Whose token this is; 41001 missing, 40014 unknown or killed, 42001 expired."""
    if not value:
        raise ApiError(41001)
    if platform.faults.take("token_storm"):
        raise ApiError(40014)
    for corp in platform.corps.values():
        token = corp.tokens.get(value)
        if token is not None:
            if platform.now() >= token.expires:
                raise ApiError(42001)
            app = corp.apps[token.agent_id]
            check_app(app, address)
            return corp, app
    raise ApiError(40014)


def check_app(app: App, address: str) -> None:
    if not app.enabled:
        raise ApiError(50003)
    if app.trusted_ips is not None and address not in app.trusted_ips:
        raise ApiError(60020, f"from ip: {address}")


def _living(platform: Platform, corp: Corp, app: App) -> Token | None:
    for token in corp.tokens.values():
        if token.agent_id == app.agent_id and token.expires > platform.now():
            return token
    return None


def _app_of(corp: Corp, secret: str) -> App | None:
    for app in corp.apps.values():
        if hmac.compare_digest(app.secret.encode(), secret.encode()):
            return app
    return None
