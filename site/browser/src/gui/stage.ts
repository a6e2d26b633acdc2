/// Put a form onto the page. It is the main part of it, unless it says itself which part of it is.
export function show(form: HTMLElement, place: HTMLElement): void {
  place.replaceChildren(form);
  place.role = form.querySelector("main, [role=main]") ? null : "main";
}
