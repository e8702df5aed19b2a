import SystemPackage
import Testing

@testable import Intake

@Suite("A content hash is XXH64")
struct ContentHashTests {
    /// The values of the reference implementation.
    @Test(
        "Known values",
        arguments: [
            ("", 0xef46_db37_51d8_e999), ("a", 0xd24e_c4f1_a98c_6e5b), ("abc", 0x44bc_2cf5_ad77_0999),
            ("Nobody inspects the spammish repetition", 0xfbce_a83c_8a37_8bf1),
        ] as [(String, UInt64)])
    func known(text: String, expected: UInt64) {
        var state = XXH64()
        Array(text.utf8).withUnsafeBytes { state.add($0) }
        #expect(state.finish() == expected)
    }

    @Test("Pieces of any size give the hash of the whole")
    func pieces() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 3) }
        var whole = XXH64()
        bytes.withUnsafeBytes { whole.add($0) }
        for size in [1, 3, 7, 31, 32, 33, 64, 100, 999] {
            var parts = XXH64()
            for start in stride(from: 0, to: bytes.count, by: size) {
                Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { parts.add($0) }
            }
            #expect(parts.finish() == whole.finish())
        }
    }

    @Test("A file's hash knows its size, and can be given up")
    func file() throws {
        let folder = try DropFolder()
        try folder.write("a.png")
        let file = try FileDescriptor.open(folder.path.appending("a.png"), .readOnly)
        defer { try? file.close() }
        let hash = try #require(try ContentHash(of: file))
        #expect(hash.size == Int64(DropFolder.picture.count))
        #expect(try ContentHash(of: file, isCancelled: { true }) == nil)
    }
}
