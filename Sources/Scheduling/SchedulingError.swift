/// Why the scheduler did not take an item.
public enum SchedulingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The item needs more memory than all items together may use, so that it would never start.
    case exceedsMemoryBudget(item: String, needed: Int, budget: Int)
    /// The items wait for each other in a circle, given in order.
    case dependencyCycle([String])
    /// What the item depends on was not added before it or with it, so that it might never end.
    case dependencyNotAdded(item: String, dependency: String)
    /// What the item depends on belongs to another scheduler.
    case dependencyElsewhere(item: String, dependency: String)
    /// An item is added once only.
    case addedTwice(item: String)
    /// The scheduler takes no more work.
    case shutDown(item: String)
    /// The system gave the scheduler no thread at all.
    case noThreads(errno: Int32)

    public var description: String {
        switch self {
        case .exceedsMemoryBudget(let item, let needed, let budget):
            "“\(item)” needs \(ByteCount.text(needed)) of memory, but all work together may use "
                + "\(ByteCount.text(budget)): raise memory in the configuration, or give it a smaller picture"
        case .dependencyCycle(let items):
            "items wait for each other: " + items.map { "“\($0)”" }.joined(separator: " needs ")
        case .dependencyNotAdded(let item, let dependency):
            "“\(item)” needs “\(dependency)”, which was not added before it or with it"
        case .dependencyElsewhere(let item, let dependency):
            "“\(item)” needs “\(dependency)”, which belongs to another scheduler"
        case .addedTwice(let item): "“\(item)” was added before"
        case .shutDown(let item): "“\(item)” is not taken, because the program is shutting down"
        case .noThreads(let errno):
            "the system gives no thread (errno \(errno)): raise TasksMax=, ulimit -u or the memory limit"
        }
    }
}

/// Bytes for people.
enum ByteCount {
    static func text(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["bytes", "KiB", "MiB", "GiB"] {
            if value < 1024 { return unit == "bytes" ? "\(bytes) bytes" : "\(Self.rounded(value)) \(unit)" }
            value /= 1024
        }
        return "\(rounded(value)) TiB"
    }

    private static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
