"""Sessions and cookies of widgets' visitors (S-65 to S-73, H-72, H-73, H-77, H-78).

What a visitor's browser holds is a token; its hash names the session, which is in Redis with what the widget's code put
there. A session begins to exist when code writes to it or asks for its id, so a route that does neither costs nothing.
While a run lasts, a *visit* in Redis knows which session it is in and what its code did to cookies: the service that
code asks may be in another process than the one that answers the browser.

Who is logged in (the Users service says) is kept beside the data, where code can't write. When that changes, the
browser gets a new token and the old session ends with the run: a token that somebody planted is never logged in.
"""

from widget_site.services.sessions.cookie_jar import CookieJar, Kind
from widget_site.services.sessions.logins import Logins
from widget_site.services.sessions.natives import session_services
from widget_site.services.sessions.session_store import Session, SessionStore, session_id
from widget_site.services.sessions.sign_ins import SignIns
from widget_site.services.sessions.visits import Visit, Visits

__all__ = [
    "CookieJar",
    "Kind",
    "Logins",
    "Session",
    "SessionStore",
    "SignIns",
    "Visit",
    "Visits",
    "session_id",
    "session_services",
]
