import Glibc

/// What the kernel says of the processor. Its flags name only what the system has enabled, which `cpuid` alone does not.
enum ProcessorFlags {
    /// nil where the kernel does not tell.
    static var ofThisMachine: Set<Substring>? {
        guard let file = fopen("/proc/cpuinfo", "r") else { return nil }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0 {
            if let flags = flags(String(cString: line!)) { return flags }
        }
        return nil
    }

    /// The flags of a line of `/proc/cpuinfo`, if it is the line that names them.
    static func flags(_ line: String) -> Set<Substring>? {
        line.hasPrefix("flags") ? Set(line.split(whereSeparator: \.isWhitespace)) : nil
    }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
