/// The content of RichText as HTML that can do no harm. Fetched when the first RichText is drawn.
import DOMPurify from "dompurify";
import { marked } from "marked";

export type Format = "markdown" | "restricted_html";

/// A sanitiser of our own, whose hooks are nobody else's.
const purifier = DOMPurify(window);
let address: (value: string) => string = (value) => value;

purifier.addHook("uponSanitizeAttribute", (_node, data) => {
  if (data.attrName === "src" || data.attrName === "href") data.attrValue = address(data.attrValue);
});
purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "IMG" && !node.hasAttribute("alt")) node.setAttribute("alt", "");
  if (node.tagName !== "A" || !node.hasAttribute("href") || node.getAttribute("href")?.startsWith("#")) return;
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener");
});

/// `resolve` makes addresses of `asset:` and the like.
export function render(content: string, format: Format, resolve: (value: string) => string): DocumentFragment {
  address = resolve;
  const html = format === "markdown" ? marked.parse(content, { async: false, gfm: true, breaks: true }) : content;
  return purifier.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "input", "button", "select", "textarea", "option", "dialog"],
    FORBID_ATTR: ["id", "name"],
    ADD_ATTR: ["target"],
    ALLOW_DATA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}
