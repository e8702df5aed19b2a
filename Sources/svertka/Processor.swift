import Glibc

/// What the machine has to have, told at the start instead of by an illegal instruction.
enum Processor {
    /// AVX2 and FMA, the floor of the hot loops on x86; every arm64 processor has what they need there.
    static var isSupported: Bool {
        #if arch(x86_64)
            guard let flags = flags else { return true }
            return flags.contains("avx2") && flags.contains("fma")
        #else
            return true
        #endif
    }

    /// nil where the kernel does not tell.
    private static var flags: Set<Substring>? {
        guard let file = fopen("/proc/cpuinfo", "r") else { return nil }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0 {
            let text = String(cString: line!)
            if text.hasPrefix("flags") { return Set(text.split(whereSeparator: \.isWhitespace)) }
        }
        return nil
    }
}
