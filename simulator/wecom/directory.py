"""Members, departments, menus and web login codes (protocol page 2.8 to 2.10, 4.6)."""

from __future__ import annotations

from dataclasses import replace

from simulator.common.values import JsonObject, byte_length, rows, text, words
from simulator.wecom.errors import ApiError
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.state import ROOT_DEPARTMENT, App, Corp, LoginCode

_MENU_TYPES = {
    "click",
    "view",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
    "view_miniprogram",
}
_MOST_BUTTONS, _MOST_SUB = 3, 5
_NAME_BYTES, _SUB_NAME_BYTES, _KEY_BYTES, _URL_BYTES = 16, 40, 128, 1024


def get_user(corp: Corp, app: App, userid: str) -> JsonObject:
    """user/get: 60111 unknown, 60011 outside the visible range; no sensitive fields (2.8)."""
    if not userid:
        raise ApiError(41009)
    member = corp.member(userid)
    if member is None:
        raise ApiError(60111)
    if app.visible is not None and member.userid.casefold() not in app.visible:
        raise ApiError(60011)
    return {
        "userid": member.userid,
        "name": member.name,
        "department": list(member.departments),
        "order": [0 for _ in member.departments],
        "position": member.position,
        "is_leader_in_dept": [0 for _ in member.departments],
        "direct_leader": [],
        "main_department": member.departments[0],
        "status": member.status,
        "alias": "",
        "extattr": {"attrs": []},
    }


def get_agent(corp: Corp, app: App) -> JsonObject:
    """agent/get of the token's own app (document 90227): its visible range, its trusted domain."""
    seen = [m.userid for userid in sorted(app.visible or ()) if (m := corp.member(userid))]
    return {
        "agentid": app.agent_id,
        "name": app.name,
        "square_logo_url": "",
        "description": "",
        "allow_userinfos": {"user": [{"userid": userid} for userid in seen]},
        "allow_partys": {"partyid": [ROOT_DEPARTMENT] if app.visible is None else []},
        "allow_tags": {"tagid": []},
        "close": 0,
        "redirect_domain": app.redirect_domain,
        "report_location_flag": int(app.reports_location),
        "isreportenter": 0,
        "home_url": "",
    }


def departments(corp: Corp, parent: str) -> JsonObject:
    """department/simplelist, recursive below `parent` (all when empty)."""
    wanted = set(corp.departments)
    if parent:
        if not parent.isdecimal() or int(parent) not in corp.departments:
            raise ApiError(60003)
        wanted = {int(parent)}
        while more := {d.id for d in corp.departments.values() if d.parent in wanted} - wanted:
            wanted |= more
    listed = [
        {"id": d.id, "parentid": d.parent, "order": d.order}
        for d in corp.departments.values()
        if d.id in wanted
    ]
    return {"department_id": listed}


def members_of(corp: Corp, app: App, department: str) -> JsonObject:
    """user/simplelist of one department."""
    if not department.isdecimal() or int(department) not in corp.departments:
        raise ApiError(60003)
    listed = [
        {
            "userid": m.userid,
            "name": m.name,
            "department": list(m.departments),
            "open_userid": m.open_userid,
        }
        for m in corp.members.values()
        if int(department) in m.departments and corp.sees(app, m)
    ]
    return {"userlist": listed}


def tags(corp: Corp) -> JsonObject:
    """tag/list."""
    return {"taglist": [{"tagid": t.id, "tagname": t.name} for t in corp.tags.values()]}


def tag(corp: Corp, app: App, ident: str) -> JsonObject:
    """tag/get: the members and departments of one tag; 60124 for an unknown one."""
    found = corp.tags.get(int(ident)) if ident.isdecimal() else None
    if found is None:
        raise ApiError(60124)
    named = [m for m in corp.members.values() if m.userid.casefold() in found.users]
    return {
        "tagname": found.name,
        "userlist": [{"userid": m.userid, "name": m.name} for m in named if corp.sees(app, m)],
        "partylist": sorted(found.parties),
    }


def convert_open_ids(platform: Platform, corp: Corp, app: App, body: JsonObject) -> JsonObject:
    """batch/openuserid_to_userid: what is not an open id of a visible member is invalid."""
    asked = words(body, "open_userid_list")
    if not asked or len(asked) > platform.limits.openuserids:
        raise ApiError(40058, "open_userid_list")
    known = {m.open_userid: m for m in corp.members.values() if corp.sees(app, m)}
    return {
        "userid_list": [
            {"open_userid": one, "userid": known[one].userid} for one in asked if one in known
        ],
        "invalid_open_userid_list": [one for one in asked if one not in known],
    }


def create_menu(app: App, body: JsonObject) -> JsonObject:
    buttons = rows(body, "button")
    if not 1 <= len(buttons) <= _MOST_BUTTONS:
        raise ApiError(40016)
    for button in buttons:
        below = rows(button, "sub_button")
        if len(below) > _MOST_SUB:
            raise ApiError(40023)
        _check_entry(button, _NAME_BYTES, 40018, leaf=not below)
        for entry in below:
            _check_entry(entry, _SUB_NAME_BYTES, 40025, leaf=True)
    app.menu = buttons
    return {}


def get_menu(app: App) -> JsonObject:
    if not app.menu:
        raise ApiError(46003)
    return {"button": list(app.menu)}


def delete_menu(app: App) -> JsonObject:
    app.menu = []
    return {}


def new_login_code(platform: Platform, corp: Corp, userid: str) -> str:
    """The code that the client appends to a page's address (2.10)."""
    code = LoginCode(made_up("CODE"), corp.need_member(userid).userid, platform.now())
    corp.login_codes[code.code] = code
    return code.code


def redeem_login_code(platform: Platform, corp: Corp, app: App, code: str) -> JsonObject:
    """auth/getuserinfo: one use within five minutes."""
    known = corp.login_codes.get(code)
    if known is None:
        raise ApiError(40029 if code else 41008)
    if known.used:
        raise ApiError(42022)
    if platform.now() - known.made > platform.limits.login_code_life:
        raise ApiError(42003)
    member = corp.member(known.userid)
    if member is None or not corp.sees(app, member):
        raise ApiError(60011)
    corp.login_codes[code] = replace(known, used=True)
    return {"userid": member.userid}


def _check_entry(entry: JsonObject, most: int, code: int, *, leaf: bool) -> None:
    name = text(entry, "name")
    if not name or byte_length(name) > most:
        raise ApiError(code)
    if not leaf:
        return
    kind = text(entry, "type")
    if kind not in _MENU_TYPES:
        raise ApiError(40017)
    if kind == "view":
        if not 1 <= byte_length(text(entry, "url")) <= _URL_BYTES:
            raise ApiError(40020)
    elif kind != "view_miniprogram" and not 1 <= byte_length(text(entry, "key")) <= _KEY_BYTES:
        raise ApiError(40019)
