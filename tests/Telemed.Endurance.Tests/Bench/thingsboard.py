# What the ThingsBoard gateway's SQLite storage does with its readings, as it does it: rows of JSON, 1000 in a transaction, write-ahead log,
# synchronous=NORMAL (nothing is synced before the caller is told). Prints rows a second.
import json, sqlite3, sys, time

path, total, batch = sys.argv[1], int(sys.argv[2]), 1000
db = sqlite3.connect(path, isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=NORMAL")
db.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL, message TEXT NOT NULL)")
message = json.dumps({"deviceName": "Baumanometro 1", "deviceType": "cuff", "attributes": [], "telemetry": [{"ts": 1790000000000, "values":
    {"systolic": 138, "diastolic": 86, "mean": 103, "pulse": 72, "session": "0190a0aa00007000800000000000000b"}}]})
began = time.monotonic()
for first in range(0, total, batch):
    db.execute("BEGIN")
    db.executemany("INSERT INTO messages (timestamp, message) VALUES (?, ?)", [(first + i, message) for i in range(batch)])
    db.execute("COMMIT")
print(total / (time.monotonic() - began))
