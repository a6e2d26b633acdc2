import { Component, type Host, length, tag } from "./component.ts";

type Color = string | Gradient;

/// A gradient as Python describes it: the numbers of its making, and its stops.
interface Gradient {
  readonly numbers: readonly number[];
  readonly stops: readonly (readonly [number, string])[];
}

/// A place to draw on by the calls of the browser's canvas, in pixels of the page; it is cleared when its size changes,
/// and `reset` says that it must be drawn.
export class Canvas extends Component {
  readonly #canvas = tag("canvas", "anvil-canvas-area");
  readonly #context = this.#canvas.getContext("2d") as CanvasRenderingContext2D;
  #size = "";

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-canvas"));
    this.#canvas.setAttribute("role", "img");
    this.#canvas.style.cssText = "display:block;width:100%;height:100%";
    this.element.append(this.#canvas);
    this.#observer.observe(this.element);
  }

  readonly #observer = new ResizeObserver(() => this.#fit());

  override dropped(): void {
    this.#observer.disconnect();
  }

  protected override readonly setters = {
    height: (value: unknown) => {
      this.element.style.height = length(value);
      this.#fit();
    },
    tooltip: (value: unknown) => {
      this.setCommon("tooltip", value);
      this.#canvas.setAttribute("aria-label", this.element.title);
    },
  };

  protected override attach(event: string): void {
    super.attach(event);
    if (event === "reset" && this.#size) this.raise("reset");
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const size = `${width} ${height} ${devicePixelRatio}`;
    if (size === this.#size || width === 0 || height === 0) return;
    this.#size = size;
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    this.#clear();
    this.raise("reset");
  }

  #clear(): void {
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  }

  override get(name: string): unknown {
    if (name === "width") return this.element.clientWidth;
    return name === "height" ? this.element.clientHeight : super.get(name);
  }

  override invoke(method: string, args: readonly unknown[]): unknown {
    const context = this.#context;
    const [first, ...rest] = args as [string, ...unknown[]];
    switch (method) {
      case "draw":
        (context[first as "fill"] as (...more: unknown[]) => void).apply(context, rest);
        return undefined;
      case "state":
        Object.assign(context, { [first]: this.#paint(rest[0] as Color) });
        return undefined;
      case "transform": {
        const ratio = devicePixelRatio;
        context.setTransform(
          ...((args as number[]).map((one) => one * ratio) as [number, number, number, number, number, number]),
        );
        return undefined;
      }
      case "measure":
        return context.measureText(first).width;
      case "reset_context":
        context.reset();
        this.#clear();
        return undefined;
      default:
        return super.invoke(method, args);
    }
  }

  #paint(value: Color): unknown {
    if (typeof value !== "object" || value === null) return value;
    const { numbers, stops } = value;
    const made =
      numbers.length === 4
        ? this.#context.createLinearGradient(...(numbers as [number, number, number, number]))
        : this.#context.createRadialGradient(...(numbers as [number, number, number, number, number, number]));
    for (const [place, color] of stops) made.addColorStop(place, color);
    return made;
  }

  override async ask(method: string, args: readonly unknown[]): Promise<unknown> {
    if (method === "image") {
      const picture = await new Promise<Blob | null>((done) => this.#canvas.toBlob(done));
      if (!picture) throw new Error("There is nothing on the canvas to make a picture of.");
      return this.host.keep(picture);
    }
    if (method !== "draw_image") return super.ask(method, args);
    const [address, ...places] = args as [string, ...number[]];
    const picture = new Image();
    picture.crossOrigin = "anonymous";
    picture.src = this.host.address(address);
    await picture.decode();
    (this.#context.drawImage as (...more: unknown[]) => void).call(this.#context, picture, ...places);
    return undefined;
  }
}
