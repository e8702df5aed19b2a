import Glibc

/// What is tried: any bytes. Returning means that they were handled; a trap or a signal is a finding.
public typealias FuzzTest = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

/// Runs libFuzzer's loop with the program's own arguments, and ends the program.
public func runFuzzer(_ test: FuzzTest) -> Never {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(fuzzerRunDriver(&count, &arguments, test))
}

// Linked by -sanitize=fuzzer.
@_silgen_name("LLVMFuzzerRunDriver")
private func fuzzerRunDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>, _ test: FuzzTest
) -> CInt
