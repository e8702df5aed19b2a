import SystemPackage
import Testing

@testable import Intake

@Suite("One matcher judges every name")
struct PathMatcherTests {
    private let matcher = PathMatcher(
        includes: { $0.extension == "png" }, excludes: { $0.components.contains("raw") })

    @Test(
        "Files",
        arguments: [
            ("a.png", nil), ("sub/a.png", nil), ("a.txt", .notIncluded), ("raw/a.png", .excluded), (".a.png", .hidden),
            (".cache/a.png", .hidden), (".svertka-17-1.png", .ownTemporary), ("sub/.svertka-x", .ownTemporary),
            ("a.png.part", .unfinishedName), ("a.png~", .unfinishedName), ("~$a.png", .unfinishedName),
            ("a.crdownload", .unfinishedName), ("part.png", nil), (".part", .hidden), ("svertka-1.png", nil),
        ] as [(FilePath, IgnoredReason?)])
    func files(path: FilePath, expected: IgnoredReason?) {
        #expect(matcher.refusal(of: path) == expected)
    }

    @Test(
        "Folders",
        arguments: [
            ("sub", nil), ("raw", .excluded), ("sub/raw", .excluded), (".git", .hidden), ("batch.part", nil),
        ] as [(FilePath, IgnoredReason?)])
    func folders(path: FilePath, expected: IgnoredReason?) {
        #expect(matcher.refusal(ofFolder: path) == expected)
    }

    @Test("Names in messages carry no control characters")
    func messages() {
        let broken: [CChar] = [0x61, CChar(bitPattern: 0xff), 0x62, 0]
        #expect(printable("new\nline\u{1b}[2J.png") == "new\\x0aline\\x1b[2J.png")
        #expect(printable("caf\u{e9}.png") == "caf\u{e9}.png")
        #expect(printable("\u{202e}gnp.a") == "\\xe2\\x80\\xaegnp.a")
        #expect(printable(FilePath(platformString: broken)) == "a\\xffb")
    }
}
