/// Whether this browser's tour of the editor was taken or declined: then it never comes by itself again.
const KEY = "editor-tour";

export function isTourDone(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    // Nothing can be kept here: nobody wants to be asked each time.
    return true;
  }
}

export function keepTourDone(): void {
  try {
    localStorage.setItem(KEY, "done");
  } catch {
    // Then it holds for this page only.
  }
}
