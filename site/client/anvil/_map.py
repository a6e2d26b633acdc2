"""What a GoogleMap has beyond its entry in components.json: places, and what is put onto it (G-27)."""

import math

import _bridge

from anvil._component import Component, Container

#: Of the earth, as Google's maps have it, in metres.
_RADIUS = 6378137.0


class LatLng:
    """A place, in degrees."""

    def __init__(self, lat, lng):
        self.lat = lat
        self.lng = lng

    def _sent(self):
        return {"lat": self.lat, "lng": self.lng}

    def __eq__(self, other):
        return isinstance(other, LatLng) and (self.lat, self.lng) == (other.lat, other.lng)

    def __hash__(self):
        return hash((self.lat, self.lng))

    def __repr__(self):
        return "GoogleMap.LatLng(%s, %s)" % (self.lat, self.lng)


class LatLngBounds:
    """An area from its south western to its north eastern corner."""

    def __init__(self, sw=None, ne=None):
        self.south_west = sw
        self.north_east = ne

    def _sent(self):
        return {"$": "LatLngBounds", "args": [_sent(self.south_west), _sent(self.north_east)]}

    def extend(self, place):
        """Make it large enough for a place, too."""
        if self.south_west is None:
            self.south_west = self.north_east = place
            return
        low, high = self.south_west, self.north_east
        self.south_west = LatLng(min(low.lat, place.lat), min(low.lng, place.lng))
        self.north_east = LatLng(max(high.lat, place.lat), max(high.lng, place.lng))

    def contains(self, place):
        """Return whether a place is in it."""
        low, high = self.south_west, self.north_east
        return low is not None and low.lat <= place.lat <= high.lat and low.lng <= place.lng <= high.lng

    def get_center(self):
        """Return the place in its middle."""
        low, high = self.south_west, self.north_east
        return LatLng((low.lat + high.lat) / 2.0, (low.lng + high.lng) / 2.0)


class _Value:
    """A value for the library that is made of numbers in an order."""

    _kind = ""

    def __init__(self, *numbers):
        self._numbers = list(numbers)

    def _sent(self):
        return {"$": self._kind, "args": self._numbers}


class Size(_Value):
    """A width and a height in pixels."""

    _kind = "Size"


class Point(_Value):
    """A place on a picture in pixels."""

    _kind = "Point"


class Icon:
    """A picture for a marker: ``Icon(url, scaled_size=GoogleMap.Size(32, 32))``."""

    def __init__(self, url="", **options):
        self._options = dict(options)
        if url:
            self._options["url"] = url

    def _sent(self):
        return _sent(self._options)


class Symbol(Icon):
    """A drawing for a marker: ``Symbol(path=GoogleMap.SymbolPath.CIRCLE, scale=8, fill_color="red")``."""

    def __init__(self, **options):
        Icon.__init__(self, "", **options)


class Animation:
    """How a marker appears."""

    BOUNCE = 1
    DROP = 2


class MapTypeId:
    """What a map shows."""

    ROADMAP = "roadmap"
    SATELLITE = "satellite"
    HYBRID = "hybrid"
    TERRAIN = "terrain"


class SymbolPath:
    """Drawings that there are."""

    CIRCLE = 0
    FORWARD_CLOSED_ARROW = 1
    FORWARD_OPEN_ARROW = 2
    BACKWARD_CLOSED_ARROW = 3
    BACKWARD_OPEN_ARROW = 4


def _sent(value):
    if hasattr(value, "_sent"):
        return value._sent()
    if isinstance(value, (list, tuple)):
        return [_sent(one) for one in value]
    if isinstance(value, dict):
        return {name: _sent(value[name]) for name in value if value[name] is not None}
    return value


def _read(value):
    """Return what the page tells as places and areas."""
    if isinstance(value, list):
        return [_read(one) for one in value]
    if not isinstance(value, dict):
        return value
    if sorted(value) == ["lat", "lng"]:
        return LatLng(value["lat"], value["lng"])
    if sorted(value) == ["north_east", "south_west"]:
        return LatLngBounds(_read(value["south_west"]), _read(value["north_east"]))
    return {name: _read(value[name]) for name in value}


def _option(name):
    """A property that the library may know better: people drag and zoom."""

    def read(self):
        found = _read(_bridge.from_json(_bridge.get(self._id, name)))
        return self._values.get(name) if found is None else found

    def write(self, value):
        self._values[name] = value
        _bridge.set_json(self._id, name, _bridge.to_json(_sent(value)))

    return property(read, write)


class _Overlay(Container):
    """Something on a map; its class says which, ``_options`` what it can be told."""

    _kind = "MapOverlay"
    _library_kind = ""

    def _begin(self, number):
        Container._begin(self, number)
        _bridge.set(number, "kind", self._library_kind)

    def _happened(self, event, event_args):
        Container._happened(self, event, _read(event_args))


_EVENTS = [
    "click",
    "dblclick",
    "rightclick",
    "drag",
    "dragend",
    "dragstart",
    "mousedown",
    "mousemove",
    "mouseout",
    "mouseover",
    "mouseup",
    "closeclick",
    "show",
    "hide",
]
_SHAPE = ["clickable", "draggable", "editable", "visible", "z_index", "stroke_color", "stroke_opacity", "stroke_weight"]
_FILLED = _SHAPE + ["fill_color", "fill_opacity", "stroke_position"]


def _overlay(name, options, base=_Overlay):
    members = {"_library_kind": name, "_spec": {"properties": dict.fromkeys(options), "events": _EVENTS}}
    for option in options:
        if option != "visible" and not hasattr(base, option):
            members[option] = _option(option)
    members["visible"] = _shown()
    return type(name, (base,), members)


def _shown():
    def read(self):
        return self._values.get("visible", True)

    def write(self, value):
        self._values["visible"] = bool(value)
        _bridge.set(self._id, "visible", bool(value))

    return property(read, write)


class _Window(_Overlay):
    def open(self, on, anchor=None):
        """Show it on a map, at a marker or at its own ``position``."""
        content = self._values.get("content")
        if isinstance(content, Component) and content._parent is None:
            self._put(content, None, {})
        self._invoke("open", anchor._id if anchor is not None else 0)
        if self._parent is None:
            on.add_component(self)

    def close(self):
        """Hide it."""
        self._invoke("close")

    @property
    def content(self):
        """Text or a component."""
        return self._values.get("content")

    @content.setter
    def content(self, value):
        self._values["content"] = value
        if not isinstance(value, Component):
            _bridge.set(self._id, "content", str(value))


class Map(Container):
    """The base class of GoogleMap."""

    LatLng = LatLng
    LatLngBounds = LatLngBounds
    Size = Size
    Point = Point
    Icon = Icon
    Symbol = Symbol
    Animation = Animation
    MapTypeId = MapTypeId
    SymbolPath = SymbolPath
    Marker = _overlay(
        "Marker",
        ["animation", "clickable", "cursor", "draggable", "icon", "label", "opacity", "position", "title"]
        + ["visible", "z_index"],
    )
    Polyline = _overlay("Polyline", _SHAPE + ["geodesic", "icons", "path"])
    Polygon = _overlay("Polygon", _FILLED + ["geodesic", "path", "paths"])
    Rectangle = _overlay("Rectangle", _FILLED + ["bounds"])
    Circle = _overlay("Circle", _FILLED + ["center", "radius"])
    InfoWindow = _overlay("InfoWindow", ["content", "max_width", "position", "z_index"], _Window)

    center = _option("center")
    zoom = _option("zoom")

    def _happened(self, event, event_args):
        Container._happened(self, event, _read(event_args))

    def get_bounds(self):
        """Return the area that is shown, None while there is no map."""
        return _read(_bridge.from_json(_bridge.get(self._id, "bounds")))

    def fit_bounds(self, bounds):
        """Show all of an area."""
        self._invoke("fit_bounds", _sent(bounds))

    def pan_by(self, x, y):
        """Move the map by pixels."""
        self._invoke("pan_by", x, y)

    def pan_to(self, place):
        """Move a place to the middle."""
        self._invoke("pan_to", _sent(place))

    def pan_to_bounds(self, bounds):
        """Move the map as little as an area needs."""
        self._invoke("pan_to_bounds", _sent(bounds))

    @staticmethod
    def geocode(**asked):
        """Return what Google finds for an ``address`` or a ``location``: a list of dicts."""
        number = _bridge.create(None, "GoogleMap", {}, 0, {}, 0)
        try:
            found = _bridge.wait(_bridge.ask(number, "geocode", _bridge.to_json([_sent(asked)])))
        finally:
            _bridge.drop(number)
        return _read(_bridge.from_json(found))

    @staticmethod
    def compute_length(path):
        """Return how long a way over places is, in metres."""
        return _RADIUS * sum([_angle(path[index], path[index + 1]) for index in range(len(path) - 1)])

    @staticmethod
    def compute_area(path):
        """Return how large the area within places is, in square metres."""
        total = 0.0
        for index in range(len(path)):
            one, other = path[index], path[(index + 1) % len(path)]
            east = math.radians(other.lng - one.lng)
            total += east * (2 + math.sin(math.radians(one.lat)) + math.sin(math.radians(other.lat)))
        return abs(total) * _RADIUS * _RADIUS / 2.0


def _angle(one, other):
    """Return the angle between two places as seen from the middle of the earth."""
    low, high = math.radians(one.lat), math.radians(other.lat)
    east = math.radians(other.lng - one.lng)
    part = math.sin((high - low) / 2) ** 2 + math.cos(low) * math.cos(high) * math.sin(east / 2) ** 2
    return 2 * math.asin(math.sqrt(part))
