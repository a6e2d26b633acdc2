"""Every Redis key, stream and channel of the product, once, with who writes and who reads it.

The ACL users of ``ops`` are made from these prefixes: a process can touch only the keys its line names.
"""

#: List. Runs that a person waits for; sites push (through SUBMIT), runners pop. Bounded by QUEUE_MAX.
RUN_QUEUE = "widgetry:q:runs"
QUEUE_MAX = 1000

#: String per run that must be handed over once, however often that is tried (``submit.SUBMIT_ONCE``). Site workers.
ONCE = "widgetry:once:"
ONCE_TTL_S = 86_400

#: String per widget: the generation that may be served (see ``submit.py``). Sites write, SUBMIT reads.
LIVE = "widgetry:live:"
#: String per revision digest: the files as JSON. Sites write with CODE_TTL_S, runners read.
CODE = "widgetry:code:"
CODE_TTL_S = 3600

#: List per site process: replies to what it submitted. Runners push, that site process pops.
REPLY = "widgetry:reply:"
REPLY_TTL_S = 60
#: List per runner: how far callers have read the bodies that it streams (``runs.PartsRead``). Sites push, that runner
#: pops; it sends on only so much ahead of that.
PARTS_READ = "widgetry:parts-read:"
#: List per process: parts of media that it asked for, and what others ask of media that it holds (``parcels``). Sites
#: and runners push, that process pops.
PARCELS = "widgetry:parcels:"
PARCELS_TTL_S = 60
#: List: calls from user code for a service of the site. Runners push, sites pop; answered on SERVICE_REPLY.
SERVICE_QUEUE = "widgetry:q:services"
#: String per run with an open transaction: the site process that holds it, which takes its calls. Sites only.
CALLS_OF_RUN = "widgetry:calls-of:"
CALLS_OF_RUN_TTL_S = 3600
#: List per site process: service calls that another one handed to it. Sites only.
CALLS_FOR_SITE = "widgetry:calls-for:"
#: List per runner: answers to its service calls (``runs.ServiceAnswer``). Sites push, that runner pops.
SERVICE_REPLY = "widgetry:service-reply:"

#: Hash: link id -> a connected uplink (``uplinks.LinkEntry``). The site process that holds a link writes its entry; all
#: site processes read, and drop entries of processes that beat no longer.
UPLINKS = "widgetry:uplinks"
#: String that is another one after every change of UPLINKS. Sites.
UPLINKS_VERSION = "widgetry:uplinks-version"
#: String per site process that holds links, refreshed every UPLINK_BEAT_S, gone after UPLINK_SITE_TTL_MS. Sites.
UPLINK_SITE = "widgetry:uplink-site:"
UPLINK_BEAT_S = 0.25
UPLINK_SITE_TTL_MS = 3000
#: List per site process: calls to links that it holds, and answers to calls that it made (``uplinks.FarMessage``).
#: Sites push, that process pops.
UPLINK_FAR = "widgetry:uplink-far:"
UPLINK_FAR_TTL_S = 60
#: Hash: run id -> the site process on whose link a background task runs. That process writes and deletes its own; sites
#: and site workers read, and drop those of processes that beat no longer.
UPLINK_TASKS = "widgetry:uplink-tasks"

#: Stream per run of an owner: its events, live. Runners add, sites and the site worker read. Each entry is a batch in
#: one field (``runs.pack_events``); the stream exists from the run's first event and ends with a status event.
EVENTS = "widgetry:events:"
EVENTS_FIELD = "events"
EVENTS_TTL_S = 3600
#: String per file of a run (``run_files``), <run id>:<file id>: its bytes. Runners write, with a time to live that
#: outlasts the run; sites read while it lasts, the site worker stores them with the record and deletes the key.
RUN_FILE = "widgetry:run-file:"
#: String per background task: its newest state, as an answer's message has it (JSON). Runners write, with a time to
#: live that outlasts the run; sites read.
TASK_STATE = "widgetry:task-state:"
#: Stream: one entry per finished run. Runners add, the site worker drains to the database.
RECORDS = "widgetry:records"
#: The one field of each entry: ``RunRecord.to_envelope()``.
RECORDS_FIELD = "record"
RECORDS_GROUP = "site-worker"
RECORDS_MAX = 100_000

#: String per run: its owner asked to stop it (kept so that a run still queued is stopped, too).
STOP = "widgetry:stop:"
STOP_TTL_S = 3600
#: Channel: the id of a run to stop. Sites publish, runners listen.
STOP_CHANNEL = "widgetry:stop"

#: String per run that waits for a line: the number of its question. Runners write it with the run's time limit as its
#: life; a site's ANSWER (``inputs.py``) removes it, so that the first answer wins.
ASKING = "widgetry:asking:"
#: String per run: the answer that its runner has not taken yet (``inputs.InputAnswer``). Sites write, runners take.
INPUT = "widgetry:input:"
INPUT_TTL_S = 3600
#: Channel: the id of a run with an answer. Sites publish, runners listen.
INPUT_CHANNEL = "widgetry:input"

#: Hash per runner process (its id is new at each start), refreshed every HEARTBEAT_S, gone after HEARTBEAT_TTL_MS:
#: engine, mode, places, running, queued, warm, started_at. Runners write; sites and the site worker read.
RUNNER = "widgetry:runner:"
#: Set of the ids of runners that ever beat; readers drop those whose hash is gone.
RUNNERS = "widgetry:runners"
HEARTBEAT_S = 0.5
HEARTBEAT_TTL_MS = 1500

#: Hash: run id -> runner id, for every run that has been with a runner for TAKEN_AFTER_S and every live run from its
#: first moment. So a quick call costs nothing, and a site that waits longer than LOST_AFTER_S can tell a run that is
#: being worked on from one that died with its runner: not in the queue, and not taken by a runner that still beats.
TAKEN = "widgetry:taken"
TAKEN_AFTER_S = 0.3
LOST_AFTER_S = 1.0

#: Channel per widget: something about it changed (a hint; the truth is LIVE and the database).
WIDGET_CHANNEL = "widgetry:widget:"

#: Channel: the ids of widgets that were changed, for runners that keep processes (a hint; a run names its generation).
CHANGED_CHANNEL = "widgetry:changed"

#: Channel: the names of tables in which a site process has committed what the site workers work on (a hint; they look
#: for themselves now and then). Sites and site workers publish, site workers listen.
WORK_CHANNEL = "widgetry:work"

#: String per token: the id of the private widget whose owner may see it by this token for a while. Sites only.
PREVIEW = "widgetry:preview:"
#: Hash per session of a widget's visitor: what its code keeps for him, until he is away for a while. Sites only.
SESSION = "widgetry:visitor-session:"
#: Hash per visit: the browser behind it, and what its code did to cookies (``services.sessions``). Sites only.
VISIT = "widgetry:visit:"
#: String per ticket: the cookies that an open page is to fetch (JSON). Sites only.
COOKIES = "widgetry:page-cookies:"
#: String per sign-in of a visitor with a provider that is under way, by the hash of its state. Sites only.
SIGN_IN_FLOW = "widgetry:sign-in-flow:"
#: String per page on which somebody logged out with ``invalidate_client_objects``: what it was given before opens
#: nothing any more, and what it is given since is signed with this. Sites only.
PAGE_OBJECTS = "widgetry:page-objects:"
#: Channel: events that server code raised for open pages (JSON, ``services.pushing``). Sites publish and listen.
PUSH_CHANNEL = "widgetry:push"
#: Set per session of a widget's visitor: the channels whose events its pages get. Sites only.
SUBSCRIBED = "widgetry:subscribed:"
#: Prefix of counters for rate limits. Sites only.
RATE = "widgetry:rate:"

#: Hash: counts of finished runs and of their seconds, for metrics (``widget_site.dispatch.tallies``). The site worker
#: writes, sites read.
METRICS = "widgetry:metrics"

#: List: packages to install and environments to forget (``installs.InstallRequest``). The site worker pushes, runners
#: pop; what is lost is pushed again by the worker, since the rows are in the database.
INSTALL_QUEUE = "widgetry:q:installs"
#: List: how installs ended (``installs.InstallResult``). Runners push, the site worker pops once it is in the database.
INSTALL_RESULTS = "widgetry:q:install-results"
#: String per package set that a runner works on: its InstallProgress. Runners write and refresh it, sites read.
INSTALLING = "widgetry:installing:"
INSTALLING_TTL_S = 10

#: List: editors that want language tools (``language.LanguageOpen``). Sites push, runners pop.
LANGUAGE_QUEUE = "widgetry:q:language"
LANGUAGE_QUEUE_MAX = 100
#: List per session: what its site says. Sites push, the runner that has the session pops.
LANGUAGE_IN = "widgetry:language-in:"
#: List per session: what its runner says. That runner pushes, the site pops.
LANGUAGE_OUT = "widgetry:language-out:"
LANGUAGE_TTL_S = 60
#: Of messages that wait for the other side; a session with more is broken off.
LANGUAGE_WAITING_MAX = 200
