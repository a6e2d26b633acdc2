"""Rich output and written files from a real sandbox to Redis."""

from typing import Any

import pytest
import redis.asyncio
from tests.services.runner.site_double import Finished, SiteDouble

from widget_wire import keys

pytestmark = pytest.mark.usefixtures("runner")

PNG = "b'\\x89PNG\\r\\n\\x1a\\n\\0\\0\\0\\rIHDR\\0\\0\\0\\x02\\0\\0\\0\\x03'"


def displays(run: Finished) -> list[dict[str, Any]]:
    return [event["data"] for event in run.events if event["kind"] == "display"]


async def stored(site: SiteDouble, run: Finished, file_id: str) -> bytes | None:
    content: bytes | None = await site.client.get(f"{keys.RUN_FILE}{run.record.id}:{file_id}")
    return content


async def test_pictures_text_and_the_last_expression_come_in_order(site: SiteDouble) -> None:
    run = await site.run_script(f"print('a')\ndisplay({PNG})\nprint('b')\n[1, 2]")

    assert [event["kind"] for event in run.events] == ["status", "stdout", "display", "stdout", "display", "status"]
    blob = displays(run)[0]["blobs"]["image/png"]
    assert (blob["width"], blob["height"]) == (2, 3)
    assert (await stored(site, run, blob["file"]) or b"").startswith(b"\x89PNG")
    assert displays(run)[1] == {"mime": {"text/plain": "[1, 2]"}}
    assert [file["id"] for file in run.record.files] == [blob["file"]]


async def test_order_holds_however_fast_it_comes(site: SiteDouble) -> None:
    run = await site.run_script(
        f"import os, sys\nfor n in range(60):\n    print(n)\n    display({PNG} + bytes(70_000))\n"
        f"    os.write(2, b'e\\n')\n"
    )

    said = [event["kind"] for event in run.events if event["kind"] != "status"]
    assert said == ["stdout", "display", "stderr"] * 60


async def test_written_files_are_kept_with_a_time_to_live(site: SiteDouble, redis_client: redis.asyncio.Redis) -> None:
    run = await site.run_script("open('out.csv', 'w').write('1,2')\nimport os\nos.symlink('/etc/passwd', 'p')")

    (file,) = run.record.files
    assert (file["kind"], file["name"], file["mime"], file["bytes"]) == ("written", "out.csv", "text/csv", 3)
    assert await stored(site, run, file["id"]) == b"1,2"
    assert 250 < await redis_client.ttl(f"{keys.RUN_FILE}{run.record.id}:{file['id']}") <= 320
    assert run.events[-1]["data"]["files"] == [file]


async def test_w_22_they_are_gone_in_the_next_run(site: SiteDouble) -> None:
    await site.run_script("open('out.csv', 'w').write('1,2')")
    run = await site.run_script("import os\nprint(os.path.exists('out.csv'))")

    assert run.text() == "False\n"
    assert run.record.files == ()


HOSTILE = (
    "import os, json\n"
    "def frame(kind, data): os.write(3, kind + len(data).to_bytes(4, 'big') + data)\n"
    "def say(m): frame(b'J', json.dumps(m).encode())\n"
    "def chunk(data, last=True, part='0'):\n"
    "    say({'type': 'CHUNK_HEADER', 'requestId': 'handover', 'mediaId': part, 'chunkIndex': 0, 'lastChunk': last})\n"
    "    frame(b'B', data)\n"
)


async def test_a_hostile_name_is_only_a_label(site: SiteDouble) -> None:
    run = await site.run_script(
        HOSTILE + "for name in ['../../../etc/cron.d/x', 'a\\nSet-Cookie: b', '/abs']:\n"
        "    say({'type': 'FILE', 'name': name, 'bytes': 1, 'kept': True})\n    chunk(b'x')\n"
    )

    assert [file["name"] for file in run.record.files] == ["etc/cron.d/x", "a_Set-Cookie: b", "abs"]
    assert run.record.outcome == "ok"


async def test_a_picture_of_200_mb_past_the_guest_ends_the_run_and_nothing_of_it_is_kept(site: SiteDouble) -> None:
    run = await site.run_script(
        HOSTILE + "say({'type': 'DISPLAY', 'data': {}, 'media': [['image/png', 200_000_000]]})\n"
        "for n in range(800): chunk(bytes(250_000), False)\n"
    )

    assert run.record.outcome == "crashed"
    assert run.record.files == ()
    assert await site.client.keys(f"{keys.RUN_FILE}{run.record.id}:*") == []


async def test_nan_reaches_no_browser(site: SiteDouble) -> None:
    run = await site.run_script(
        "class J:\n    def _repr_json_(self): return {'x': [float('nan'), float('inf'), 1.5]}\nJ()"
    )

    assert displays(run)[0]["mime"]["application/json"] == {"x": [None, None, 1.5]}


async def test_a_route_shows_with_its_request(site: SiteDouble) -> None:
    source = (
        f"import anvil.server\n@anvil.server.route('/')\ndef f():\n    print('p')\n    display({PNG})\n    return 'x'"
    )
    one = await site.route(source)

    assert (await site.call(one)).body == b"x"
    record = await site.record(one.id)

    assert [event["kind"] for event in record.events] == ["stdout", "display"]
    assert record.files[0]["mime"] == "image/png"
