-- A page of calls is read from these alone: each begins with what was asked for,
-- goes on in the order of time, and holds what else a filter may ask.
CREATE INDEX calls_kind ON calls (kind, key, number, network, name);
CREATE INDEX calls_number ON calls (number, key, kind, network, name);
CREATE INDEX calls_network ON calls (network, key, kind, number, name) WHERE network > 0;
CREATE INDEX calls_name ON calls (name, key, kind, number, network) WHERE name > 0;
CREATE INDEX numbers_national ON numbers (national);
CREATE INDEX numbers_seen ON numbers (last_seen);
