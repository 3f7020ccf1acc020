"""The mock of NapCat's forward WebSocket that ncatbot5 ships, run by its own environment.

Reads orders as JSON lines from its input and answers each with one: see stage.Mock.
"""

# mypy: disable-error-code="import-not-found, no-any-unimported, misc"

from __future__ import annotations

import asyncio
import json
import sys

from ncatbot.utils.testing.mock_server import NapCatMockServer, get_standard_data


async def main(port: int) -> None:
    data = get_standard_data()
    async with NapCatMockServer(host="127.0.0.1", port=port, initial_data=data) as server:
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            order = asked.pop("do")
            done: object = None
            if order == "group":
                await server.inject_group_message(**asked)
            elif order == "private":
                await server.inject_private_message(**asked)
            elif order == "event":
                await server.inject_event(asked["event"])
            elif order == "respond":
                server.set_response(asked["action"], asked["response"])
            else:
                done = server.get_calls_for_action(asked["action"])
            sys.stdout.write(json.dumps({"kind": "done", "data": done}) + "\n")
            sys.stdout.flush()


asyncio.run(main(int(sys.argv[1])))
