import SystemPackage

/// What is known about every file under the watched roots, and when each wants to be looked at.
///
/// The tracker does nothing itself: it is told what was noticed and what a look found, with the time, and answers
/// what follows. A file is ready
/// - at once, when it is a whole PNG or JPEG and no program holds it open for writing (which the look knows, or which
///   follows from an event that says that the writer has closed it or that it was renamed in);
/// - otherwise when its identity has not changed during the rule's quiet period; while a program is known to hold it
///   open for writing, only when it has not changed during the rule's patience.
///
/// The age of a file counts for nothing. A ready file is handed out once for each identity.
public struct SettleTracker: Sendable {
    public typealias Instant = ContinuousClock.Instant

    public struct Rule: Equatable, Sendable {
        /// How long a file stays unchanged before it is taken, by default 2 s.
        public var quiet: Duration
        /// How long an unchanged file is left to a program that still holds it open for writing, by default 5 min.
        public var patience: Duration

        public init(quiet: Duration = .seconds(2), patience: Duration = .seconds(300)) {
            self.quiet = quiet
            self.patience = max(patience, quiet)
        }
    }

    public enum Hint: Sendable {
        /// A name appeared: created, or linked to.
        case created
        /// A program that had the file open for writing has closed it.
        case written
        /// The file was renamed to this name.
        case arrived
        /// Something else changed: permissions, times, link count.
        case changed
    }

    /// What became of a file that was handed out.
    public enum Outcome: Sendable {
        /// It stays where it is and is not handed out again as long as it keeps this identity.
        case concluded(FileIdentity)
        /// It was moved away or deleted.
        case left
        /// It changed before or while it was read: it has to settle again.
        case changed
        /// It is handed out again after a while.
        case retry(after: Duration)
    }

    private struct Entry: Sendable {
        /// The identity that the last look found, and since when it has not changed.
        var seen: (identity: FileIdentity, since: Instant)?
        /// The identity with which the file was ready; it stays ready for a retry.
        var settled: FileIdentity?
        /// The identity with which nothing more is to be done, and the reason if it was never input.
        var concluded: (identity: FileIdentity, reason: IgnoredReason?)?
        /// Why the last look could not open it, and how many looks in a row could not for that reason.
        var unreadable: (error: Errno, looks: Int)?
        var writerClosed = false
        var isOut = false
        /// Something was noticed while the file was handed out.
        var touched = false
        var notBefore: Instant?
        var due: Instant?
        var epoch: UInt64
        /// Whether anybody has been told of this file.
        var announced = false
    }

    private var rules: [RootID: Rule] = [:]
    private var epochs: [RootID: UInt64] = [:]
    private var entries: [FileKey: Entry] = [:]
    private var deadlines = DeadlineHeap<FileKey>()
    private var outCount = 0

    /// How often a file that cannot be opened is looked at again by itself, each time after twice as long as before;
    /// later it is with every event and every scan.
    private static let looksAtUnreadable = 4

    public init() {}

    /// Sets the rule of a root; files that are settling already follow it from their next look.
    public mutating func setRule(_ rule: Rule, for root: RootID) {
        rules[root] = rule
    }

    /// Forgets a root and its files; those handed out are forgotten too, so their outcome has no effect.
    public mutating func remove(root: RootID) {
        rules[root] = nil
        epochs[root] = nil
        entries = entries.filter { $0.key.root != root }
        outCount = entries.values.count(where: \.isOut)
    }

    /// Whether no file settles, waits for a look or a retry, or is handed out.
    public var isIdle: Bool { outCount == 0 && deadlines.earliest == nil }

    /// How many files are known.
    public var count: Int { entries.count }

    /// When the next look is due.
    public var nextDeadline: Instant? { deadlines.earliest }

    /// Whether the tracker knows anything about the file beyond that it should be looked at.
    public func isNew(_ key: FileKey) -> Bool {
        guard let entry = entries[key] else { return true }
        return entry.seen == nil && entry.concluded == nil && entry.unreadable == nil
    }

    /// An event named the file.
    public mutating func noticed(_ key: FileKey, _ hint: Hint, at now: Instant) {
        var entry = entries[key] ?? newEntry(for: key)
        switch hint {
        case .written, .arrived: entry.writerClosed = true
        case .created: entry.writerClosed = false
        case .changed: break
        }
        if entry.isOut {
            entry.touched = true
        } else {
            schedule(key, &entry, due: now)
        }
        entries[key] = entry
    }

    /// The patterns of a root have changed: what was never input by the old ones is looked at again.
    public mutating func reconsiderIgnored(of root: RootID, at now: Instant) {
        for (key, entry) in entries where key.root == root && entry.concluded?.reason != nil {
            var entry = entry
            schedule(key, &entry, due: now)
            entries[key] = entry
        }
    }

    /// A scan met the file, with this identity; nil where the identity cannot be told.
    public mutating func listed(_ key: FileKey, _ identity: FileIdentity?, at now: Instant) {
        var entry = entries[key] ?? newEntry(for: key)
        entry.epoch = epochs[key.root, default: 0]
        if entry.isOut {
            entry.touched = entry.touched || entry.settled != identity
        } else if entry.due == nil, identity == nil || entry.concluded?.identity != identity {
            schedule(key, &entry, due: now)
        }
        entries[key] = entry
    }

    /// Opens a full scan of a root; `endScan` then finds what the scan did not meet.
    public mutating func beginScan(of root: RootID) {
        epochs[root, default: 0] += 1
    }

    /// Closes a full scan: every file of the root that it did not meet is looked at, so that it is forgotten if it
    /// is gone.
    public mutating func endScan(of root: RootID, at now: Instant) {
        let epoch = epochs[root, default: 0]
        for (key, entry) in entries where key.root == root && entry.epoch < epoch && !entry.isOut && entry.due == nil {
            var entry = entry
            schedule(key, &entry, due: now)
            entries[key] = entry
        }
    }

    /// The files to look at now, at most `limit` of them.
    public mutating func takeDue(at now: Instant, limit: Int = .max) -> [FileKey] {
        var due: [FileKey] = []
        while due.count < limit, let earliest = deadlines.earliest, earliest <= now, let next = deadlines.pop() {
            guard entries[next.key]?.due == next.due else { continue }
            entries[next.key]?.due = nil
            due.append(next.key)
        }
        return due
    }

    /// Puts off a look that was due but could not be taken.
    public mutating func postpone(_ key: FileKey, until due: Instant) {
        guard var entry = entries[key], !entry.isOut else { return }
        schedule(key, &entry, due: due)
        entries[key] = entry
    }

    /// A file that nothing more is to be done with, as the ledger knows from earlier.
    public mutating func adopt(_ key: FileKey, concluded identity: FileIdentity) {
        var entry = entries[key] ?? newEntry(for: key)
        guard !entry.isOut else { return }
        entry.concluded = (identity, nil)
        entry.announced = true
        entries[key] = entry
    }

    /// Takes what a look found and answers what is new about the file, if anything is.
    public mutating func looked(_ key: FileKey, _ look: Look, at now: Instant) -> Sighting? {
        guard var entry = entries[key], !entry.isOut else { return nil }
        let sighting = judge(key, &entry, look, at: now)
        if case .vanished = look {
            entries[key] = nil
        } else {
            entries[key] = entry
        }
        return sighting
    }

    private mutating func judge(_ key: FileKey, _ entry: inout Entry, _ look: Look, at now: Instant) -> Sighting? {
        switch look {
        case .vanished:
            return entry.announced ? .vanished(key) : nil

        case .unreadable(let identity, let error):
            let looks = entry.unreadable?.error == error ? (entry.unreadable?.looks ?? 0) + 1 : 1
            entry.unreadable = (error, looks)
            entry.announced = true
            // A change of permissions raises an event; a lack of descriptors, or a fault of the disk, ends without one.
            if error != .permissionDenied, error != .notPermitted, looks <= Self.looksAtUnreadable {
                schedule(key, &entry, due: now + .seconds(1 << (looks - 1)))
            }
            return looks == 1 ? .unreadable(key, identity, error) : nil

        case .ignored(let identity, let reason):
            let known = entry.concluded?.reason == reason
            entry.concluded = (identity, reason)
            entry.seen = nil
            entry.announced = true
            return known ? nil : .ignored(key, identity, reason)

        case .file(let identity, let isWhole, let writer):
            entry.unreadable = nil
            // What was never input may be it by the rules that hold now.
            guard entry.concluded?.identity != identity || entry.concluded?.reason != nil else { return nil }
            entry.concluded = nil
            if entry.settled == identity {
                if let notBefore = entry.notBefore, notBefore > now {
                    schedule(key, &entry, due: notBefore)
                    return nil
                }
                return handOut(key, &entry, identity)
            }
            if isWhole, writer == .none || (writer == .unknown && entry.writerClosed) {
                return handOut(key, &entry, identity)
            }
            return settle(key, &entry, identity, writer, at: now)
        }
    }

    private mutating func settle(
        _ key: FileKey, _ entry: inout Entry, _ identity: FileIdentity, _ writer: Look.Writer, at now: Instant
    ) -> Sighting? {
        let rule = rules[key.root] ?? Rule()
        guard let seen = entry.seen, seen.identity == identity else {
            entry.seen = (identity, now)
            entry.announced = true
            schedule(key, &entry, due: now + rule.quiet)
            return .settling(key, identity)
        }
        let unchangedFor = seen.since.duration(to: now)
        if unchangedFor >= (writer == .open ? rule.patience : rule.quiet) {
            return handOut(key, &entry, identity)
        }
        let wait = unchangedFor < rule.quiet ? rule.quiet - unchangedFor : min(rule.quiet, rule.patience - unchangedFor)
        schedule(key, &entry, due: now + wait)
        return nil
    }

    private mutating func handOut(_ key: FileKey, _ entry: inout Entry, _ identity: FileIdentity) -> Sighting {
        entry.settled = identity
        entry.seen = nil
        entry.notBefore = nil
        entry.isOut = true
        outCount += 1
        entry.touched = false
        entry.announced = true
        return .ready(key, identity)
    }

    /// Takes back a file that was handed out.
    public mutating func finished(_ key: FileKey, _ outcome: Outcome, at now: Instant) {
        guard var entry = entries[key], entry.isOut else { return }
        entry.isOut = false
        outCount -= 1
        switch outcome {
        case .concluded(let identity):
            entry.concluded = (identity, nil)
            if entry.touched { schedule(key, &entry, due: now) }
        case .left:
            guard entry.touched else {
                entries[key] = nil
                return
            }
            let closed = entry.writerClosed
            entry = newEntry(for: key)
            entry.writerClosed = closed
            schedule(key, &entry, due: now)
        case .changed:
            entry.settled = nil
            schedule(key, &entry, due: now)
        case .retry(let delay):
            entry.notBefore = now + delay
            schedule(key, &entry, due: entry.touched ? now : now + delay)
        }
        entries[key] = entry
    }

    private func newEntry(for key: FileKey) -> Entry {
        Entry(epoch: epochs[key.root, default: 0])
    }

    private mutating func schedule(_ key: FileKey, _ entry: inout Entry, due: Instant) {
        guard entry.due.map({ due < $0 }) ?? true else { return }
        entry.due = due
        deadlines.push(key, due: due)
    }
}

/// News about one file.
public enum Sighting: Equatable, Sendable {
    /// It is there, and is waited for until it stops changing.
    case settling(FileKey, FileIdentity)
    /// It is complete: handed out, and to be given back with `finished`.
    case ready(FileKey, FileIdentity)
    /// It is not input; told once.
    case ignored(FileKey, FileIdentity, IgnoredReason)
    /// It cannot be opened; told once, and tried again when that changes.
    case unreadable(FileKey, FileIdentity?, Errno)
    /// It was announced before and is gone now.
    case vanished(FileKey)

    public var key: FileKey {
        switch self {
        case .settling(let key, _), .ready(let key, _), .ignored(let key, _, _), .unreadable(let key, _, _),
            .vanished(let key):
            key
        }
    }
}
