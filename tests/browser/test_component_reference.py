"""The reference of components in the documentation: an example of each that can be changed."""

from playwright.sync_api import expect
from tests.browser.person import Person


def test_every_component_has_an_example_that_follows_its_fields(ada: Person) -> None:
    ada.go("/docs/components")
    button = ada.page.locator('section[data-component="Button"]')
    drawn = button.frame_locator("iframe")
    expect(drawn.get_by_role("button", name="Button")).to_be_visible()

    button.get_by_label("Button: text").fill('Say "hi"')
    button.get_by_label("Button: enabled").uncheck()

    expect(drawn.get_by_role("button", name='Say "hi"')).to_be_disabled()
    expect(button.locator(".component-live code")).to_have_text(r'Button(text="Say \"hi\"", enabled=False)')
    expect(button.locator('[data-help="enabled"]')).not_to_be_empty()
    assert ada.axe() == []

    for section in ada.page.locator("section.component").all():
        section.scroll_into_view_if_needed()
        frame = section.locator("iframe")
        if frame.count():
            expect(frame.content_frame.locator("#app > *").first).to_be_attached()
