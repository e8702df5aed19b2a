import FuzzDriver
import Pipelines
import Specification

/// Reads any bytes as a pipeline and as a configuration of the service, and words what is wrong with them.
@main
enum FuzzDocument {
    static func main() { runFuzzer(testOneInput) }
}

private func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let source = SourceText(file: "x.json", bytes: Array(UnsafeBufferPointer(start: bytes, count: count)))
    var faults = Diagnostics(source: source)
    let pipeline = PipelineReader.read(source, into: &faults)
    precondition((pipeline == nil) == faults.hasErrors)
    precondition(faults.isEmpty == faults.render().isEmpty)
    var others = Diagnostics(source: source)
    let configuration = ServiceConfiguration.read(source, path: PathBytes("/etc/x.json"), into: &others)
    precondition((configuration == nil) == others.hasErrors)
    precondition(others.isEmpty == others.render().isEmpty)
    return 0
}
