"""An HTTP API in the browser: made, called from outside, and every request seen by its owner."""

from playwright.sync_api import WebSocketRoute, expect
from tests.browser.person import Person, copied, fetch, run_of

API = (
    "import anvil.server\n\n\n"
    "@anvil.server.route('/hello/:name')\ndef hello(name):\n    print('asked by', name)\n"
    "    return f'Hello, {name}!'\n\n\n"
    "@anvil.server.route('/broken')\ndef broken():\n    return 1 / 0\n"
)


def test_the_public_address_is_copied_and_answers(ada: Person) -> None:
    ada.make("api", API)
    ada.save()

    url = copied(ada.page, "Copy the public URL")

    assert fetch(f"{url}hello/Ada") == (200, "Hello, Ada!")


def test_the_page_of_a_private_one_says_that_its_address_answers_nobody(ada: Person) -> None:
    slug = ada.make("api", API)
    ada.go(f"/w/{slug}/settings")
    ada.page.get_by_label("Who sees it").select_option("private")
    ada.page.get_by_role("button", name="Save").click()

    ada.go(f"/w/{slug}")

    expect(ada.page.get_by_text("It is private: its address answers 404")).to_be_visible()


def test_the_documentation_names_this_sites_addresses(ada: Person) -> None:
    port = ada.origin.rpartition(":")[2]
    ada.go("/docs")
    expect(ada.page.get_by_text(f"curl http://three-word-name.localhost:{port}/hello/Ada")).to_be_visible()
    ada.go("/docs/json-api")
    expect(ada.page.get_by_text(f"curl -X POST {ada.origin}/api/v1/tokens")).to_be_visible()


def test_each_request_shows_in_the_editor_with_what_it_printed(ada: Person) -> None:
    ada.make("api", API)
    ada.save()
    url = ada.page.locator(".editor-url a").get_attribute("href")

    fetch(f"{url}hello/Bo")

    expect(run_of(ada.page)).to_contain_text("GET /hello/Bo", timeout=10_000)
    run_of(ada.page).locator("summary").click()
    expect(run_of(ada.page).locator(".output")).to_contain_text("asked by Bo", timeout=10_000)


def test_a_broken_request_tells_its_owner_where_and_the_caller_nothing(ada: Person) -> None:
    slug = ada.make("api", API)
    ada.save()
    url = ada.page.locator(".editor-url a").get_attribute("href")

    status, said = fetch(f"{url}broken")

    assert status == 500
    assert "ZeroDivisionError" not in said
    expect(run_of(ada.page)).to_contain_text("ZeroDivisionError", timeout=10_000)
    ada.go(f"/w/{slug}/runs")
    request = ada.page.locator(".run").first
    request.locator("summary").click()
    request.get_by_role("link", name='File "main.py", line 12').click()
    expect(ada.page.locator("li:target code")).to_have_text("    return 1 / 0")


def test_requests_that_came_while_the_connection_was_lost_show_when_it_is_back(ada: Person) -> None:
    ada.expected.append("WebSocket")
    line = {"is cut": False}
    sockets: list[WebSocketRoute] = []

    def carry(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if line["is cut"]:
            socket.close()
        else:
            socket.connect_to_server()

    ada.page.route_web_socket("**/api/live", carry)
    ada.make("api", API)
    ada.save()
    url = ada.page.locator(".editor-url a").get_attribute("href")
    fetch(f"{url}hello/before")
    expect(run_of(ada.page)).to_contain_text("GET /hello/before", timeout=10_000)

    line["is cut"] = True
    sockets[-1].close()
    expect(ada.page.get_by_text("Connection lost, trying again")).to_be_visible()
    assert ada.axe() == []
    fetch(f"{url}hello/meanwhile")
    line["is cut"] = False

    expect(run_of(ada.page)).to_contain_text("GET /hello/meanwhile", timeout=20_000)
    expect(ada.page.get_by_text("Connection lost, trying again")).to_have_count(0)
