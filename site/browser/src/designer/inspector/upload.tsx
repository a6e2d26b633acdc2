import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { Icon } from "../../editor/parts.tsx";
import { assetName, contentOf, pictureType, sizeProblem, uploadProblem } from "../theme/assets.ts";
import type { Look } from "../theme/look.ts";

/// What becomes of a file that was chosen.
type Progress =
  | { readonly kind: "none" }
  | { readonly kind: "reading"; readonly name: string; readonly part: number }
  | { readonly kind: "taken"; readonly name: string }
  | { readonly kind: "refused"; readonly problem: string };

export interface Uploads {
  readonly progress: Progress;
  /// Put a file into the theme; `instead` is the name of the one that it replaces.
  readonly take: (file: File, instead?: string) => void;
}

/// Puts files into the theme of a widget, and tells how far that is. `taken` is told the name of each.
export function useUploads(look: Look, must: "picture" | "file", taken: (name: string) => void): Uploads {
  const [progress, setProgress] = useState<Progress>({ kind: "none" });
  const read = async (file: File, instead: string | undefined): Promise<string> => {
    const room = look.room();
    const before = sizeProblem(file.name, file.size, room);
    if (before) throw new Error(before);
    const bytes = await bytesOf(file, (part) => setProgress({ kind: "reading", name: file.name, part }));
    const problem = uploadProblem(file.name, bytes, room, must) || (await damage(file.name, bytes));
    if (problem) throw new Error(problem);
    const known = look.assets.value.map(({ name }) => name);
    const name = instead ?? assetName(file.name, known);
    look.putAsset(name, contentOf(bytes));
    return name;
  };
  const take = (file: File, instead?: string): void => {
    setProgress({ kind: "reading", name: file.name, part: 0 });
    read(file, instead).then(
      (name) => {
        setProgress({ kind: "taken", name });
        taken(name);
      },
      (error) => setProgress({ kind: "refused", problem: error instanceof Error ? error.message : String(error) }),
    );
  };
  return { progress, take };
}

/// A button to choose a file; files can be dropped on what is in it, too.
export function UploadButton(props: {
  readonly uploads: Uploads;
  readonly must: "picture" | "file";
  readonly label: string;
  readonly instead?: string;
  readonly children?: ComponentChildren;
}) {
  const { uploads, must, label, instead, children } = props;
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class={`button small${children ? "" : " quiet icon-only"}`}
        aria-label={children ? undefined : label}
        title={label}
        onClick={() => input.current?.click()}
      >
        <Icon name="upload" /> {children}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={label}
        accept={must === "picture" ? "image/*" : undefined}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) uploads.take(file, instead);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

/// What lets files be dropped on an element.
export function dropsOf(uploads: Uploads) {
  return {
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      uploads.take(file);
    },
  };
}

/// How far the last file is: read, then kept by the site; or why it was not taken.
export function UploadState({ uploads, look }: { readonly uploads: Uploads; readonly look: Look }) {
  const { progress } = uploads;
  if (progress.kind === "none") return null;
  if (progress.kind === "refused")
    return (
      <p class="problem design-upload" role="alert">
        {progress.problem}
      </p>
    );
  const saving = look.saving();
  const isRead = progress.kind === "taken";
  const isDone = isRead && saving === "saved";
  const text = isDone
    ? `${progress.name} is there.`
    : isRead
      ? saving === "saving"
        ? `${progress.name}: on its way to the site…`
        : `${progress.name}: ${saving}`
      : `Reading ${progress.name}…`;
  return (
    <div class="design-upload" role="status">
      <span>{text}</span>
      {!isDone && <progress aria-label={text} {...(isRead ? {} : { value: progress.part })} />}
    </div>
  );
}

function bytesOf(file: File, progressed: (part: number) => void): Promise<Uint8Array> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onprogress = ({ loaded, total }) => progressed(total ? loaded / total : 0);
    reader.onload = () => done(new Uint8Array(reader.result as ArrayBuffer));
    reader.onerror = () => failed(new Error(`${file.name} can't be read: ${reader.error?.message ?? "it is gone"}`));
    reader.readAsArrayBuffer(file);
  });
}

/// A picture that begins like one may still be none; "" for one that can be drawn, and for other files.
async function damage(name: string, bytes: Uint8Array): Promise<string> {
  const type = pictureType(bytes);
  if (!type) return "";
  const content = contentOf(bytes);
  const picture = new Image();
  picture.src =
    typeof content === "string"
      ? `data:${type},${encodeURIComponent(content)}`
      : `data:${type};base64,${content.base64}`;
  try {
    await picture.decode();
    return "";
  } catch {
    return `${name} can't be drawn: it is damaged, or not what its name says.`;
  }
}
