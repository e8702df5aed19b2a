import SystemPackage

extension FilePath {
    /// As the kernel has it.
    var bytes: [UInt8] { withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: length)) } }
}
