import SystemPackage

/// Paths as bytes, between the modules that name files and those that only hand names on.
extension FilePath {
    /// - Precondition: no byte is 0.
    public init(bytes: [UInt8]) {
        self = (bytes + [0]).withUnsafeBytes {
            FilePath(platformString: $0.bindMemory(to: CChar.self).baseAddress!)
        }
    }

    /// As the kernel has it.
    public var bytes: [UInt8] { withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: length)) } }
}
