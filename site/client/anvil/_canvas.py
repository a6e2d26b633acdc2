"""What a Canvas has beyond its entry in components.json: the calls and the state of the browser's canvas (G-26)."""

import _bridge

from anvil import media
from anvil._component import Component

#: Calls with numbers and texts alone: ours → the browser's.
_CALLS = {
    "save": "save",
    "restore": "restore",
    "translate": "translate",
    "rotate": "rotate",
    "scale": "scale",
    "transform": "transform",
    "fill_text": "fillText",
    "stroke_text": "strokeText",
    "clear_rect": "clearRect",
    "fill_rect": "fillRect",
    "stroke_rect": "strokeRect",
    "begin_path": "beginPath",
    "close_path": "closePath",
    "fill": "fill",
    "stroke": "stroke",
    "clip": "clip",
    "move_to": "moveTo",
    "line_to": "lineTo",
    "quadratic_curve_to": "quadraticCurveTo",
    "bezier_curve_to": "bezierCurveTo",
    "rect": "rect",
}
#: Ours → the browser's name and what it is to begin with.
_STATE = {
    "stroke_style": ("strokeStyle", "#000000"),
    "fill_style": ("fillStyle", "#000000"),
    "shadow_offset_x": ("shadowOffsetX", 0),
    "shadow_offset_y": ("shadowOffsetY", 0),
    "shadow_blur": ("shadowBlur", 0),
    "shadow_color": ("shadowColor", ""),
    "global_alpha": ("globalAlpha", 1),
    "global_composite_operation": ("globalCompositeOperation", "source-over"),
    "line_width": ("lineWidth", 1),
    "line_cap": ("lineCap", "butt"),
    "line_join": ("lineJoin", "miter"),
    "miter_limit": ("miterLimit", 10),
    "font": ("font", "10px sans-serif"),
    "text_align": ("textAlign", "start"),
    "text_baseline": ("textBaseline", "alphabetic"),
}


class Gradient:
    """Colours that go over into each other; for ``fill_style`` and ``stroke_style``."""

    def __init__(self, numbers):
        self._numbers = numbers
        self._stops = []

    def add_color_stop(self, offset, color):
        """Have this colour at a part of the way, 0 to 1."""
        self._stops.append([offset, color])


class Area(Component):
    """The base class of Canvas. What is drawn before it is on the page is lost: draw in its event ``reset``."""

    def get_width(self):
        """Return how many pixels it is wide."""
        return _bridge.from_json(_bridge.get(self._id, "width"))

    def get_height(self):
        """Return how many pixels it is high."""
        return _bridge.from_json(_bridge.get(self._id, "height"))

    def get_image(self):
        """Return what is drawn as Media, a PNG."""
        made = _bridge.wait(_bridge.ask(self._id, "image", "[]"))
        return media.PageMedia(_bridge.from_json(made), "image/png", "canvas.png")

    def measure_text(self, text):
        """Return how many pixels wide a text is in the font that is set."""
        return self._invoke("measure", str(text))

    def reset_context(self):
        """Clear it, and begin with no state."""
        self._invoke("reset_context")
        for name in _STATE:
            self._values.pop("canvas " + name, None)

    def arc(self, x, y, radius, start_angle=0, end_angle=6.283185307179586, anticlockwise=False):
        """Add a part of a circle to the path, by default the whole."""
        self._invoke("draw", "arc", x, y, radius, start_angle, end_angle, anticlockwise)

    def set_transform(self, a, b, c, d, e, f):
        """Replace the transformation."""
        self._invoke("transform", a, b, c, d, e, f)

    def reset_transform(self):
        """Go back to pixels of the page."""
        self.set_transform(1, 0, 0, 1, 0, 0)

    def draw_image(self, image, x=0, y=0, width=None, height=None):
        """Draw Media, or a picture by its address, at a place and, if given, in a size; waits for it."""
        self._draw_image(image, [x, y] if width is None else [x, y, width, height])

    def draw_image_part(self, image, image_x, image_y, image_width, image_height, x=0, y=0, width=None, height=None):
        """Draw a part of a picture."""
        size = [image_width, image_height] if width is None else [width, height]
        self._draw_image(image, [image_x, image_y, image_width, image_height, x, y] + size)

    def _draw_image(self, image, places):
        address = media.address(image) if isinstance(image, media.Media) else image
        _bridge.wait(_bridge.ask(self._id, "draw_image", _bridge.to_json([address] + places)))

    def create_linear_gradient(self, x1, y1, x2, y2):
        """Return a gradient along a line."""
        return Gradient([x1, y1, x2, y2])

    def create_radial_gradient(self, x1, y1, r1, x2, y2, r2):
        """Return a gradient between two circles."""
        return Gradient([x1, y1, r1, x2, y2, r2])


def _call(name):
    def draw(self, *args):
        self._invoke("draw", name, *args)

    return draw


def _state(name, told, default):
    def read(self):
        return self._values.get("canvas " + name, default)

    def write(self, value):
        self._values["canvas " + name] = value
        if isinstance(value, Gradient):
            value = {"numbers": value._numbers, "stops": value._stops}
        self._invoke("state", told, value)

    return property(read, write)


for _name in _CALLS:
    setattr(Area, _name, _call(_CALLS[_name]))
for _name in _STATE:
    setattr(Area, _name, _state(_name, _STATE[_name][0], _STATE[_name][1]))
