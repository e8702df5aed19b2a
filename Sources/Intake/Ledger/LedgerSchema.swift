import GRDB

/// The tables, and how an older file becomes a newer one.
enum LedgerSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            // Paths are blobs: they need not be UTF-8. Times are milliseconds since 1970. Folders keep what remains
            // of their counts when entries are pruned.
            try database.execute(
                sql: """
                    CREATE TABLE folder (
                        id INTEGER PRIMARY KEY,
                        path BLOB NOT NULL UNIQUE,
                        seen INTEGER NOT NULL DEFAULT 0,
                        prunedDone INTEGER NOT NULL DEFAULT 0,
                        prunedFailed INTEGER NOT NULL DEFAULT 0,
                        prunedIgnored INTEGER NOT NULL DEFAULT 0
                    );
                    CREATE TABLE file (
                        id INTEGER PRIMARY KEY,
                        folder INTEGER NOT NULL REFERENCES folder(id),
                        path BLOB NOT NULL,
                        device INTEGER NOT NULL,
                        inode INTEGER NOT NULL,
                        size INTEGER NOT NULL,
                        modified INTEGER NOT NULL,
                        changed INTEGER NOT NULL,
                        digest INTEGER,
                        digestSize INTEGER,
                        pipeline TEXT,
                        state TEXT NOT NULL,
                        place TEXT NOT NULL,
                        movedTo BLOB,
                        attempts INTEGER NOT NULL DEFAULT 0,
                        code TEXT,
                        reason TEXT,
                        firstSeen INTEGER NOT NULL,
                        lastChange INTEGER NOT NULL,
                        retryAt INTEGER
                    );
                    CREATE INDEX fileByPath ON file (folder, path, id);
                    CREATE INDEX fileByState ON file (folder, state);
                    CREATE INDEX fileByChange ON file (lastChange) WHERE state IN ('done', 'failed', 'ignored');
                    CREATE INDEX fileByDigest ON file (digest, pipeline) WHERE state = 'done';
                    CREATE INDEX fileUnfinished ON file (id) WHERE state = 'working' OR place = 'leaving';
                    CREATE TABLE output (
                        file INTEGER NOT NULL REFERENCES file(id) ON DELETE CASCADE,
                        position INTEGER NOT NULL,
                        path BLOB NOT NULL,
                        PRIMARY KEY (file, position)
                    ) WITHOUT ROWID;
                    CREATE TABLE death (
                        digest INTEGER NOT NULL,
                        digestSize INTEGER NOT NULL,
                        crashes INTEGER NOT NULL DEFAULT 0,
                        kills INTEGER NOT NULL DEFAULT 0,
                        lastChange INTEGER NOT NULL,
                        PRIMARY KEY (digest, digestSize)
                    ) WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("2") { database in
            try database.execute(sql: "ALTER TABLE file ADD COLUMN alone INTEGER NOT NULL DEFAULT 0")
        }
        migrator.registerMigration("3") { database in
            try database.execute(sql: "CREATE INDEX outputByPath ON output (path, file)")
        }
        migrator.registerMigration("4") { database in
            // Deaths are no longer told apart: an end that no file can have caused is not counted at all.
            try database.execute(
                sql: """
                    ALTER TABLE death RENAME COLUMN crashes TO deaths;
                    ALTER TABLE death DROP COLUMN kills;
                    ALTER TABLE file DROP COLUMN alone;
                    """)
        }
        return migrator
    }
}
