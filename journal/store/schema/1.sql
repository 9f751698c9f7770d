-- A call's key sorts by the time it began: milliseconds since 1970 times 2^20,
-- then the first random bits of its ID.

-- What a call has in common with many others; a filter picks kinds, not calls.
CREATE TABLE kinds (
	id INTEGER PRIMARY KEY,
	box TEXT NOT NULL,
	direction TEXT NOT NULL,
	outcome TEXT NOT NULL, -- '' = the call goes on
	verdict TEXT NOT NULL,
	line TEXT NOT NULL,    -- the own number
	UNIQUE (box, direction, outcome, verdict, line)
);

-- The other parties with what is known about each. Times are milliseconds.
CREATE TABLE numbers (
	id INTEGER PRIMARY KEY,
	number TEXT NOT NULL UNIQUE, -- E.164 with plus, or as reported
	national TEXT NOT NULL,      -- as dialled inside the country, or the number again
	first_seen BIGINT,
	last_seen BIGINT,
	calls BIGINT NOT NULL,
	dialled BIGINT NOT NULL,
	answered BIGINT NOT NULL,
	talked BIGINT NOT NULL,
	early BIGINT NOT NULL
);

CREATE TABLE names (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	folded TEXT NOT NULL -- lower case, for searching
);

CREATE TABLE calls (
	key INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	kind BIGINT NOT NULL,
	number BIGINT NOT NULL,  -- 0 = withheld
	network BIGINT NOT NULL, -- 0 = none
	name BIGINT NOT NULL,    -- 0 = none
	listed TEXT UNIQUE,      -- box/epoch/id in the box's call list
	document BLOB NOT NULL   -- the whole call as JSON
);

-- Own lists of numbers to allow and to block.
CREATE TABLE lists (
	id INTEGER PRIMARY KEY,
	list TEXT NOT NULL,
	pattern TEXT NOT NULL,
	name TEXT NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	added BIGINT NOT NULL,
	expires BIGINT, -- NULL = never
	UNIQUE (list, pattern)
);

-- Every write to a box.
CREATE TABLE writes (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	box TEXT NOT NULL,
	action TEXT NOT NULL,
	target TEXT NOT NULL,
	before TEXT NOT NULL,
	after TEXT NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	at BIGINT NOT NULL,
	undone_by BIGINT NOT NULL, -- 0 = holds
	forgotten BIGINT NOT NULL  -- 1 = its contents were forgotten
);

-- What the gateway remembers beyond a restart.
CREATE TABLE memory (
	key TEXT PRIMARY KEY,
	value BLOB NOT NULL
);
