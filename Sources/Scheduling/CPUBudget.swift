import CLinux

/// How many processors this process may use.
public struct CPUBudget: Hashable, Sendable {
    /// A limit of processor time, and the file that sets it.
    public struct Quota: Hashable, Sendable {
        /// In processors: 1.5 is 150 ms in every 100 ms.
        public let processors: Double
        public let file: String
    }

    /// Processors that the scheduler of the kernel lets this process run on (`taskset`, `CPUAffinity=`, cpusets).
    public let affinity: Int
    /// The lowest quota of the process's control group and its ancestors (`CPUQuota=`); nil where there is none.
    public let quota: Quota?

    /// How many threads are worth running: the affinity, or the quota rounded up if that is less; 1 at least.
    public var width: Int {
        let allowed = quota.map { $0.processors.rounded(.up) } ?? Double(affinity)
        return max(1, allowed < Double(affinity) ? Int(allowed) : affinity)
    }

    /// What holds for the calling thread now.
    public static func detect() -> CPUBudget {
        detect(affinity: Int(clinux_affinity_count()), texts: .kernel)
    }

    static func detect(affinity: Int, texts: SystemTexts) -> CPUBudget {
        let folders = ControlGroups(texts)?.folders("cpu") ?? []
        let quotas = folders.compactMap { readQuota(in: $0, texts) }
        return CPUBudget(affinity: max(1, affinity), quota: quotas.min { $0.processors < $1.processors })
    }

    private static func readQuota(in folder: ControlGroups.Folder, _ texts: SystemTexts) -> Quota? {
        let file: String
        let quota: Int?
        let period: Int?
        switch folder.version {
        case .one:
            file = folder.path + "/cpu.cfs_quota_us"
            quota = controlGroupNumber(texts.read(file))
            period = controlGroupNumber(texts.read(folder.path + "/cpu.cfs_period_us"))
        case .two:
            // "max 100000" or "150000 100000"
            file = folder.path + "/cpu.max"
            let words = texts.read(file)?.split(whereSeparator: \.isWhitespace) ?? []
            quota = words.first.flatMap { Int($0) }
            period = words.dropFirst().first.flatMap { Int($0) }
        }
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return Quota(processors: Double(quota) / Double(period), file: file)
    }
}
