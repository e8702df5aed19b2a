import ArgumentParser
import Specification

/// A number of bytes such as `2GiB`.
struct MemoryArgument: ExpressibleByArgument {
    let bytes: Int

    init?(argument: String) {
        guard let bytes = ByteCount.parse(argument), bytes > 0 else { return nil }
        self.bytes = bytes
    }

    static var allValueStrings: [String] { ["a number of bytes such as 512MiB or 2GiB"] }
}
