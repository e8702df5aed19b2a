import Glibc
import Testing

@testable import Inference

@Suite("ONNX's own operator tests pass as listed")
struct OperatorTests {
    static let groups = ["node", "simple", "pytorch-operator", "pytorch-converted"]

    /// Every case in the list passes. With `SVERTKA_LIST_OPERATOR_TESTS` set, every case of the test data is run, and
    /// the list is written anew.
    @Test func listedCasesPass() throws {
        guard let data = TestFolders.operatorTests else {
            print("skipped: the operator tests of libonnx-testdata are not installed")
            return
        }
        let listFile = TestFolders.own.appending("onnx-node-tests.txt")
        if getenv("SVERTKA_LIST_OPERATOR_TESTS") != nil {
            var passed: [String] = [], failed: [String] = []
            for group in Self.groups {
                for name in TestFolders.names(in: data.appending(group)) {
                    switch OperatorCase(folder: data.appending(group).appending(name)).run() {
                    case .passed: passed.append("\(group)/\(name)")
                    case .failed(let reason): failed.append("\(group)/\(name): \(reason)")
                    case .outOfScope: break
                    }
                }
            }
            let header = [
                "The cases of ONNX's own operator tests that pass: \(passed.count) of the \(passed.count + failed.count)",
                "whose operators this program has and whose types are float32, int64, int32, uint8, int8 and bool, or",
                "float16 and float64 where they can be computed as float32. Those that do not pass:",
            ]
            let text = (header + failed).map { "# \($0)" } + passed
            let file = try #require(fopen(listFile.string, "w"))
            fputs(text.joined(separator: "\n") + "\n", file)
            fclose(file)
            return
        }
        let list = String(decoding: try #require(TestFolders.bytes(listFile)), as: UTF8.self)
        let names = list.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
        #expect(names.count > 500)
        for name in names {
            let folder = data.appending(name)
            guard TestFolders.existing(folder) != nil else { continue }
            #expect(OperatorCase(folder: folder).run() == .passed, "\(name)")
        }
    }

    @Test func registryNamesAreUnique() {
        #expect(LayerRegistry.byName.count == LayerRegistry.layers.count)
    }
}
