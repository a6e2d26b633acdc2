"""Handing over a run in one round trip, never with old code.

A widget's *generation* grows with every change to what its public URL serves (a revision, its visibility, its slug, its
deletion). The site keeps widgets in memory; SUBMIT compares the generation it believes in with the one in Redis and
pushes the run only when they agree. So once a change has been acknowledged, the next call on any site worker sees it
(design/decisions.md 5 and 9), without a database read on the way.

How the key is written: the site deletes it before the change is committed and raises it after (RAISE never lowers it).
A crash in between leaves no key, which reads as stale: the site loads the widget from the database and raises it again.
"""

#: KEYS: live key, queue. ARGV: generation, the envelope, the longest the queue may be. -> "ok" | "stale" | "full"
SUBMIT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'stale' end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('RPUSH', KEYS[2], ARGV[2])
return 'ok'
"""

#: The same for a run that nobody waits for and that is offered again until it is known to have been taken: once its
#: ``keys.ONCE`` is there, the answer is "ok" and nothing is pushed. It never fills more than a part of the queue.
#: KEYS: live key, queue, once key. ARGV: generation, the envelope, the longest the queue may be, how long to remember.
SUBMIT_ONCE = """
if redis.call('EXISTS', KEYS[3]) == 1 then return 'ok' end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'stale' end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('RPUSH', KEYS[2], ARGV[2])
redis.call('SET', KEYS[3], '1', 'EX', ARGV[4])
return 'ok'
"""

#: KEYS: live key. ARGV: generation. Sets it unless a higher one is there.
RAISE = """
local held = redis.call('GET', KEYS[1])
if not held or tonumber(held) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return redis.call('GET', KEYS[1])
"""
