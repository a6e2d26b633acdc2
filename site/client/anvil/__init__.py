"""The client half of Anvil's API: what a GUI widget's Python in the browser imports."""

import _bridge as _b

from anvil import _choices, _dates, _files, _rich_text, _timer
from anvil._app import app
from anvil._canvas import Area as _Area
from anvil._component import Component, Container
from anvil._component import component_of as _component_of
from anvil._component import define as _define
from anvil._dialogs import Notification, alert, confirm
from anvil._errors import set_default_error_handling
from anvil._forms import get_open_form, handle, open_form
from anvil._grid import DataRow as _DataRow
from anvil._grid import Grid as _Grid
from anvil._html import Html as _Html
from anvil._map import Map as _Map
from anvil._panels import XY as _XY
from anvil._panels import GridRows as _GridRows
from anvil._plot import Drawing as _Drawing
from anvil._repeating import Repeating as _Repeating
from anvil._video import Video as _Video

Label = _define("Label")
Button = _define("Button")
Link = _define("Link", more={"url": _files.shown("url")})
TextBox = _define("TextBox")
TextArea = _define("TextArea")
CheckBox = _define("CheckBox")
RadioButton = _define("RadioButton", _choices.RadioButtonBase)
DropDown = _define("DropDown", _choices.DropDownBase)
DatePicker = _define("DatePicker", _dates.DatePickerBase)
Image = _define("Image", more={"source": _files.shown("source")})
FileLoader = _define("FileLoader", _files.FileLoaderBase)
RichText = _define("RichText", _rich_text.RichTextBase)
Timer = _define("Timer", _timer.TimerBase)
LinearProgress = _define("LinearProgress")
CircularProgress = _define("CircularProgress")
ColumnPanel = _define("ColumnPanel")
FlowPanel = _define("FlowPanel")
LinearPanel = _define("LinearPanel")
Spacer = _define("Spacer")
Canvas = _define("Canvas", _Area)
Plot = _define("Plot", _Drawing)
GoogleMap = _define("GoogleMap", _Map)
YouTubeVideo = _define("YouTubeVideo", _Video)
RepeatingPanel = _define("RepeatingPanel", _Repeating)
GridPanel = _define("GridPanel", _GridRows)
XYPanel = _define("XYPanel", _XY)
FlexColumnPanel = ColumnPanel
DataGrid = _define("DataGrid", _Grid)
DataRowPanel = _define("DataRowPanel", _DataRow)
HtmlTemplate = HtmlPanel = _define("HtmlTemplate", _Html)


def is_server_side():
    """Return whether this code runs on the server: False."""
    return False


def get_focused_component():
    """Return the component that the next keys go to, None when there is none."""
    return _component_of(_b.focused())


def get_url_hash():
    """Return what follows # in the page's address: text, or a dict when it begins with ``?``."""
    text = _b.get_hash()
    if not text.startswith("?"):
        return text
    found = {}
    for part in text[1:].split("&"):
        if part:
            name, _, value = part.partition("=")
            found[name] = value
    return found


def set_url_hash(value):
    """Set what follows # in the page's address: text, or a dict."""
    if isinstance(value, dict):
        value = "?" + "&".join(["%s=%s" % (name, value[name]) for name in value])
    _b.set_hash(value)


from anvil.media import BlobMedia, Media, URLMedia, download
