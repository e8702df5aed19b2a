import Glibc

/// How much memory this process may use before the kernel kills it.
public struct MemoryLimit: Hashable, Sendable {
    /// A limit of a control group, and the file that sets it.
    public struct GroupLimit: Hashable, Sendable {
        public let bytes: Int
        public let file: String
    }

    /// The machine's memory in bytes.
    public let physical: Int
    /// The lowest limit of the process's control group and its ancestors (`MemoryMax=`, `MemoryHigh=`); nil where
    /// there is none.
    public let group: GroupLimit?

    /// The limit that is met first, in bytes.
    public var bytes: Int { min(physical, group?.bytes ?? .max) }

    /// What `memory: auto` stands for: three quarters of a control group's limit, which is this process's own, or half
    /// of the machine's memory, of which others need some; whichever is less. The rest is for what no item reserves:
    /// code, the ledger, the queue of a thread that starts.
    public var recommendedBudget: MemoryBudget {
        MemoryBudget(bytes: min(physical / 2, (group?.bytes ?? .max) / 4 * 3))
    }

    public static func detect() -> MemoryLimit { detect(texts: .kernel, physicalByCall: physicalByCall) }

    static func detect(texts: SystemTexts, physicalByCall: Int) -> MemoryLimit {
        let folders = ControlGroups(texts)?.folders("memory") ?? []
        let limits = folders.flatMap { groupLimits(in: $0, texts) }
        let physical = texts.read("/proc/meminfo").flatMap(memTotal) ?? physicalByCall
        return MemoryLimit(physical: physical, group: limits.min { $0.bytes < $1.bytes })
    }

    /// For processes that may not see `/proc/meminfo` (`ProcSubset=pid`).
    private static var physicalByCall: Int {
        let (bytes, overflow) = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(
            by: sysconf(Int32(_SC_PAGESIZE)))
        return overflow || bytes <= 0 ? 1 << 30 : bytes
    }

    /// `MemTotal:       24684084 kB`
    private static func memTotal(_ text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix("MemTotal:") {
            guard let kibibytes = controlGroupNumber(String(line.dropFirst("MemTotal:".count))) else { return nil }
            let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
            return overflow || bytes <= 0 ? nil : bytes
        }
        return nil
    }

    private static func groupLimits(in folder: ControlGroups.Folder, _ texts: SystemTexts) -> [GroupLimit] {
        let names =
            switch folder.version {
            case .one: ["memory.limit_in_bytes"]
            // A process above memory.high is slowed down until it nearly stands still.
            case .two: ["memory.max", "memory.high"]
            }
        return names.compactMap { name in
            let file = folder.path + "/" + name
            guard let bytes = controlGroupNumber(texts.read(file)), bytes > 0, bytes < unlimited else { return nil }
            return GroupLimit(bytes: bytes, file: file)
        }
    }

    /// Version 1 writes "no limit" as the largest number of whole pages.
    private static let unlimited = Int.max - (1 << 20)
}
