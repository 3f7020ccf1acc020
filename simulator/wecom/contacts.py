"""Changes of the address book, made as in the admin console, and the events of them (page 1.8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.wecom.delivery import AppCallbacks
from simulator.wecom.platform import Platform, made_up
from simulator.wecom.state import App, Corp, Member, Tag

_ROOT = 1
Fields = Mapping[str, object]


@dataclass(slots=True)
class Contacts:
    """Each method changes the first corp (or `corp`) and tells every app that sees the change.

    Returns one Delivery for each callback. An app with `contact_details` gets all fields, as
    callback addresses saved before 2022-08-15 do; others the userid and the departments only,
    and update_user only when one of these changed. Members who come or go also cause subscribe
    and unsubscribe.
    """

    platform: Platform
    callbacks: AppCallbacks

    async def create_user(
        self,
        userid: str,
        name: str,
        department: str = "",
        position: str = "",
        *,
        corp: str = "",
    ) -> list[Delivery]:
        home = self._corp(corp)
        if home.member(userid) is not None:
            raise NotOnScreenError(f"已经有 {userid}")
        member = home.add_member(userid, name, department, position)
        told = await self._user(home, member, "create_user", _details(member))
        return told + await self._followed(home, member, "subscribe")

    async def update_user(
        self,
        userid: str,
        *,
        new_userid: str = "",
        name: str = "",
        departments: Sequence[str] = (),
        position: str = "",
        status: int = 0,
        corp: str = "",
    ) -> list[Delivery]:
        """Only what is given changes; departments by name."""
        home = self._corp(corp)
        member = home.need_member(userid)
        changed: dict[str, object] = {"UserID": member.userid}
        if new_userid:
            home.rename_member(member, new_userid)
            changed["NewUserID"] = new_userid
        if departments:
            member.departments = [home.add_department(one).id for one in departments]
            changed["Department"] = _commas(member.departments)
        if name:
            member.name = changed["Name"] = name
        if position:
            member.position = changed["Position"] = position
        if status:
            member.status = changed["Status"] = status
        return await self._user(home, member, "update_user", changed)

    async def delete_user(self, userid: str, *, corp: str = "") -> list[Delivery]:
        home = self._corp(corp)
        member = home.need_member(userid)
        home.remove_member(member)
        told = await self._user(home, member, "delete_user", {"UserID": member.userid})
        return told + await self._followed(home, member, "unsubscribe")

    async def create_party(
        self, name: str, parent: int = _ROOT, *, corp: str = ""
    ) -> list[Delivery]:
        home = self._corp(corp)
        made = home.add_department(name, parent)
        detail: dict[str, object] = {"Id": made.id, "Name": name, "ParentId": parent}
        return await self._party(home, "create_party", detail | {"Order": made.order})

    async def update_party(
        self, ident: int, *, name: str = "", parent: int = 0, corp: str = ""
    ) -> list[Delivery]:
        home = self._corp(corp)
        party = home.departments[ident]
        detail: dict[str, object] = {"Id": ident}
        if name:
            party.name = detail["Name"] = name
        if parent:
            party.parent = detail["ParentId"] = parent
        return await self._party(home, "update_party", detail)

    async def delete_party(self, ident: int, *, corp: str = "") -> list[Delivery]:
        """NotOnScreenError while anybody or another department is in it, and for the root."""
        home = self._corp(corp)
        below = any(one.parent == ident for one in home.departments.values())
        if ident == _ROOT or below or home.in_department(ident):
            raise NotOnScreenError("部门里还有成员或下级部门")
        del home.departments[ident]
        return await self._party(home, "delete_party", {"Id": ident})

    async def update_tag(
        self,
        ident: int,
        *,
        add_users: Sequence[str] = (),
        del_users: Sequence[str] = (),
        add_parties: Sequence[int] = (),
        del_parties: Sequence[int] = (),
        corp: str = "",
    ) -> list[Delivery]:
        home = self._corp(corp)
        tag: Tag = home.tags[ident]
        tag.users |= {userid.casefold() for userid in add_users}
        tag.users -= {userid.casefold() for userid in del_users}
        tag.parties = (tag.parties | set(add_parties)) - set(del_parties)
        detail: dict[str, object] = {"TagId": ident}
        for field, items in (
            ("AddUserItems", add_users),
            ("DelUserItems", del_users),
            ("AddPartyItems", add_parties),
            ("DelPartyItems", del_parties),
        ):
            if items:
                detail[field] = _commas(items)
        return await self._party(home, "update_tag", detail)

    async def show(self, app: App, userid: str) -> Delivery:
        """Takes a member into the app's visible range: subscribe."""
        home, member = self._home(app), self._home(app).need_member(userid)
        if app.visible is not None:
            app.visible.add(userid.casefold())
        return await self.callbacks.event(home, app, member, {"Event": "subscribe"})

    async def hide(self, app: App, userid: str) -> Delivery:
        """Takes a member out of the app's visible range: unsubscribe."""
        home, member = self._home(app), self._home(app).need_member(userid)
        everybody = {one.userid.casefold() for one in home.members.values()}
        seen = everybody if app.visible is None else app.visible
        app.visible = seen - {userid.casefold()}
        return await self.callbacks.event(home, app, member, {"Event": "unsubscribe"})

    async def finish_job(
        self, app: App, kind: str, *, code: int = 0, message: str = "ok", job_id: str = ""
    ) -> Delivery:
        """batch_job_result; kind such as sync_user, replace_party, export_user."""
        job: Fields = {
            "JobId": job_id or made_up("JOB"),
            "JobType": kind,
            "ErrCode": code,
            "ErrMsg": message,
        }
        return await self.system(app, {"Event": "batch_job_result", "BatchJob": job})

    async def system(self, app: App, fields: Fields) -> Delivery:
        """Any event from `sys`, starting with Event: inactive_alert, share_agent_change, …"""
        return await self.callbacks.event(self._home(app), app, None, fields)

    # -- inside ------------------------------------------------------------------------------

    def _corp(self, corp: str) -> Corp:
        corps = self.platform.corps
        return corps[corp] if corp else next(iter(corps.values()))

    def _home(self, app: App) -> Corp:
        for corp in self.platform.corps.values():
            if corp.apps.get(app.agent_id) is app:
                return corp
        raise KeyError(app.agent_id)

    async def _user(
        self, home: Corp, member: Member, change: str, detail: dict[str, object]
    ) -> list[Delivery]:
        few = {k: v for k, v in detail.items() if k in ("UserID", "NewUserID", "Department")}
        worth = change != "update_user" or len(few) > 1

        def told(app: App) -> Fields | None:
            if app.visible is not None and member.userid.casefold() not in app.visible:
                return None
            return detail if app.contact_details else few if worth else None

        return await self._tell(home, change, told)

    async def _party(self, home: Corp, change: str, detail: Fields) -> list[Delivery]:
        return await self._tell(home, change, lambda app: detail if app.visible is None else None)

    async def _tell(
        self, home: Corp, change: str, told: Callable[[App], Fields | None]
    ) -> list[Delivery]:
        made: list[Delivery] = []
        for app in list(home.apps.values()):
            fields = told(app)
            if fields is not None and app.callback_url:
                event = {"Event": "change_contact", "ChangeType": change, **fields}
                made.append(await self.callbacks.event(home, app, None, event))
        return made

    async def _followed(self, home: Corp, member: Member, event: str) -> list[Delivery]:
        return [
            await self.callbacks.event(home, app, member, {"Event": event})
            for app in list(home.apps.values())
            if app.callback_url and (app.visible is None or member.userid.casefold() in app.visible)
        ]


def _details(member: Member) -> dict[str, object]:
    """All fields that the fake knows of a member."""
    return {
        "UserID": member.userid,
        "Name": member.name,
        "Department": _commas(member.departments),
        "MainDepartment": member.departments[0],
        "IsLeaderInDept": _commas([0 for _ in member.departments]),
        "Position": member.position,
        "Status": member.status,
    }


def _commas(items: Sequence[object]) -> str:
    return ",".join(str(item) for item in items)
