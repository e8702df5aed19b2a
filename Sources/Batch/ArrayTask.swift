/// The share that an engine for many machines gives to this process, as its environment variables say.
///
/// - Slurm arrays: `SLURM_ARRAY_TASK_ID` with `_COUNT`, `_MIN`, `_STEP` (and `_MAX`, which has to fit them).
/// - Kubernetes indexed jobs: `JOB_COMPLETION_INDEX`. The number of completions is in no variable of Kubernetes' own;
///   the manifest has to set `JOB_COMPLETIONS` (or `JOB_COMPLETION_COUNT`).
/// - AWS Batch arrays: `AWS_BATCH_JOB_ARRAY_INDEX` and `AWS_BATCH_JOB_ARRAY_SIZE`.
public struct ArrayTask: Sendable, Equatable {
    public let share: Share
    /// The variables that say so, for people.
    public let origin: String

    /// Why the environment gives no share although it speaks of one.
    public struct Fault: Error, Sendable, Equatable {
        public let message: String
        public static let hint = "say --shard I/N, or --shard none to take all inputs"
    }

    /// nil where no engine has started this process as part of an array.
    public init?(environment: [String: String]) throws(Fault) {
        var found: [(engine: String, task: ArrayTask)] = []
        if let task = try Self.slurm(environment) { found.append(("Slurm", task)) }
        if let task = try Self.kubernetes(environment) { found.append(("Kubernetes", task)) }
        if let task = try Self.awsBatch(environment) { found.append(("AWS Batch", task)) }
        guard let first = found.first else { return nil }
        if let other = found.dropFirst().first(where: { $0.task.share != first.task.share }) {
            throw Fault(
                message: "\(first.engine) and \(other.engine) say different things: \(first.task.origin), "
                    + "but \(other.task.origin)")
        }
        self = first.task
    }

    private init(_ share: Share, _ origin: String) {
        self.share = share
        self.origin = origin
    }

    private static func slurm(_ environment: [String: String]) throws(Fault) -> ArrayTask? {
        let prefix = "SLURM_ARRAY_TASK_"
        let variables = Variables(environment, marks: ["ID", "COUNT", "MIN", "STEP", "MAX"].map { prefix + $0 })
        guard let id = try variables.number(prefix + "ID") else {
            return try variables.none(but: prefix + "ID")
        }
        guard let count = try variables.number(prefix + "COUNT") else {
            throw Fault(message: "\(prefix)ID is \(id), but \(prefix)COUNT is not set: how many shares are there?")
        }
        let first = try variables.number(prefix + "MIN") ?? 0
        let step = try variables.number(prefix + "STEP") ?? 1
        guard step >= 1 else { throw Fault(message: "\(prefix)STEP is 0; expected 1 or more") }
        if let last = try variables.number(prefix + "MAX"), last < first || (last - first) / step + 1 != count {
            throw Fault(
                message: "the array has \(count) tasks from \(first) to \(last) in steps of \(step), which is no even "
                    + "row: which share is this one's cannot be told")
        }
        guard id >= first, (id - first) % step == 0 else {
            throw Fault(message: "\(prefix)ID is \(id), which is not \(first) plus a multiple of \(step)")
        }
        return try variables.task(
            index: (id - first) / step, count: count, index: prefix + "ID", count: prefix + "COUNT")
    }

    private static func kubernetes(_ environment: [String: String]) throws(Fault) -> ArrayTask? {
        let index = "JOB_COMPLETION_INDEX"
        let counts = ["JOB_COMPLETIONS", "JOB_COMPLETION_COUNT"]
        let variables = Variables(environment, marks: [index] + counts)
        // The count alone says nothing: a pod may have it for other purposes.
        guard let number = try variables.number(index) else { return nil }
        var known: (name: String, count: Int)?
        for name in counts {
            guard let count = try variables.number(name) else { continue }
            if let known, known.count != count {
                throw Fault(message: "\(known.name) is \(known.count), but \(name) is \(count)")
            }
            known = known ?? (name, count)
        }
        guard let known else {
            throw Fault(
                message: "\(index) is \(number), but the number of completions is not known; let the manifest set "
                    + "\(counts[0])")
        }
        return try variables.task(index: number, count: known.count, index: index, count: known.name)
    }

    private static func awsBatch(_ environment: [String: String]) throws(Fault) -> ArrayTask? {
        let index = "AWS_BATCH_JOB_ARRAY_INDEX"
        let size = "AWS_BATCH_JOB_ARRAY_SIZE"
        let variables = Variables(environment, marks: [index, size])
        guard let number = try variables.number(index) else { return try variables.none(but: index) }
        guard let count = try variables.number(size) else {
            throw Fault(message: "\(index) is \(number), but \(size) is not set: how many shares are there?")
        }
        return try variables.task(index: number, count: count, index: index, count: size)
    }

    /// The variables of one engine.
    private struct Variables {
        let environment: [String: String]
        let marks: [String]

        init(_ environment: [String: String], marks: [String]) {
            self.environment = environment
            self.marks = marks
        }

        func number(_ name: String) throws(Fault) -> Int? {
            guard let text = environment[name] else { return nil }
            guard let number = Share.number(text), !text.isEmpty else {
                throw Fault(
                    message: text.isEmpty
                        ? "\(name) is empty; expected a number" : "\(name) is \"\(text)\"; expected a number")
            }
            return number
        }

        /// The variable that says which task this is is missing; then none of the others may be there.
        func none(but index: String) throws(Fault) -> ArrayTask? {
            if let other = marks.first(where: { environment[$0] != nil }) {
                throw Fault(message: "\(other) is set, but \(index) is not: which share is this one's?")
            }
            return nil
        }

        func task(
            index: Int, count: Int, index indexName: String, count countName: String
        ) throws(Fault) -> ArrayTask {
            guard (1...Share.largestCount).contains(count) else {
                throw Fault(message: "\(countName) is \(count); expected 1 to \(Share.largestCount)")
            }
            guard let share = Share(index: index, count: count) else {
                throw Fault(
                    message: "share \(index) of \(count) does not exist: shares are counted from 0 "
                        + "(\(indexName), \(countName))")
            }
            return ArrayTask(
                share,
                marks.compactMap { name in environment[name].map { "\(name)=\($0)" } }.joined(separator: " "))
        }
    }
}
