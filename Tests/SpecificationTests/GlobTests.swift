import Specification
import Testing

@Suite("A pattern matches names and paths")
struct GlobTests {
    static let cases: [(pattern: String, matching: [String], other: [String])] = [
        ("*", ["a", "a.png", ".hidden", "\n", ""], ["a/b"]),
        ("*.png", ["a.png", ".png", "a.b.png"], ["a.PNG", "a.png2", "a/b.png", "apng"]),
        ("a?c", ["abc", "aéc", "a?c"], ["ac", "abbc", "a/c"]),
        ("[abc].x", ["a.x", "c.x"], ["d.x", "ab.x", "A.x"]),
        ("[a-c0-9]", ["b", "5"], ["d", "-", "B"]),
        ("[!a-c]", ["d", "A", "é"], ["a", "b", "/"]),
        ("[^a]", ["b"], ["a"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[\\]]", ["]"], ["\\"]),
        ("[à-ü]", ["é"], ["e", "z"]),
        ("**", ["a", "a/b", "a/b/c"], []),
        ("**/a", ["a", "x/a", "x/y/a"], ["b", "a/x", "xa"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b/a", "ab"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a", "b", "ab", "a/b/c", "x/a/b"]),
        ("**/x/**/y", ["x/y", "a/x/b/y", "x/x/y/y"], ["y/x", "x", "y"]),
        ("**/*.png", ["a.png", "x/y/b.png"], ["a.jpg"]),
        ("a/*/b", ["a/x/b"], ["a/b", "a/x/y/b"]),
        ("a**b", ["ab", "axxb"], ["a/b"]),
        ("\\*", ["*"], ["a"]),
        ("\\{a\\}", ["{a}"], ["a"]),
        ("*a*b*c*", ["abc", "xaybzc1", "aabbcc"], ["acb", "ab"]),
    ]

    @Test func patternsMatchWhatTheirTableSays() throws {
        for (pattern, matching, other) in Self.cases {
            let glob = try Glob(pattern)
            for path in matching { #expect(glob.matches(path), "\(pattern) matches \(path)") }
            for path in other { #expect(!glob.matches(path), "\(pattern) does not match \(path)") }
        }
    }

    @Test func caseIsIgnoredForASCIIOnly() throws {
        let glob = try Glob("*.Jpé", ignoringCase: true)
        #expect(glob.matches("A.jPé") && !glob.matches("a.jpÉ"))
        let bracket = try Glob("[a-c]x", ignoringCase: true)
        #expect(bracket.matches("BX") && !bracket.matches("dx"))
        let negated = try Glob("[!a-c]x", ignoringCase: true)
        #expect(!negated.matches("Bx") && negated.matches("Dx"))
    }

    @Test func bytesThatAreNotUTF8AreOneCharacterEach() throws {
        let name: [UInt8] = [0x61, 0xFF, 0xE2, 0x82, 0x62]
        #expect(try Glob("a???b").matches(name))
        #expect(try !Glob("a??b").matches(name))
        #expect(try Glob("a*b").matches(name))
        #expect(try Glob("a[!x][!x][!x]b").matches(name))
        #expect(try !Glob("aÿ*").matches(name), "a byte is not the character of its number")
    }

    @Test func aWrongPatternIsRefused() {
        let wrong: [(String, Glob.Failure)] = [
            ("", .empty), ("a\u{0}", .containsNUL), ("[ab", .unclosedBracket), ("[a/b]", .unclosedBracket),
            ("[]", .emptyBracket), ("[!]", .emptyBracket), ("[b-a]", .reversedRange), ("a\\", .danglingBackslash),
            ("a\\/b", .danglingBackslash), ("*.{png,jpg}", .braces), ("/a", .emptyComponent), ("a/", .emptyComponent),
            ("a//b", .emptyComponent), ("[a-", .unclosedBracket), ("[\\", .danglingBackslash),
            ("[a-/]", .unclosedBracket),
        ]
        for (pattern, failure) in wrong {
            #expect(throws: failure, "\(pattern)") { _ = try Glob(pattern) }
        }
    }

    /// Patterns whose naive matching takes exponential time.
    @Test func hardPatternsEnd() throws {
        let name = String(repeating: "a", count: 300)
        #expect(try !Glob(String(repeating: "*a", count: 60) + "b").matches(name))
        let path = Array(repeating: "a", count: 300).joined(separator: "/")
        #expect(try !Glob(Array(repeating: "**/a", count: 40).joined(separator: "/") + "/b").matches(path))
    }

    @Test func randomPatternsAgreeWithTheDefinition() throws {
        var generator = SeededGenerator(seed: 5)
        var matchCount = 0
        for _ in 0..<20_000 {
            let pattern = Self.random(["a", "b", "*", "?", "/", "**/", "/**", "[ab]", "[!a]"], &generator)
            guard let glob = try? Glob(pattern) else { continue }
            let path = Self.random(["a", "b", "c", "/", "a/b"], &generator)
            let expected = Self.isMatch(
                pattern.split(separator: "/", omittingEmptySubsequences: false).map { Array($0) }[...],
                path.split(separator: "/", omittingEmptySubsequences: false).map { Array($0) }[...])
            matchCount += expected ? 1 : 0
            try #require(glob.matches(path) == expected, "\(pattern) and \(path)")
        }
        #expect(matchCount > 500)
    }

    static func random(_ pieces: [String], _ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...6, using: &generator)).map { _ in pieces.randomElement(using: &generator)! }.joined()
    }

    /// The definition, by trying everything.
    static func isMatch(_ pattern: ArraySlice<[Character]>, _ path: ArraySlice<[Character]>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first == ["*", "*"] {
            let rest = pattern.dropFirst()
            if rest.isEmpty { return !path.isEmpty }
            return (0...path.count).contains { isMatch(rest, path.dropFirst($0)) }
        }
        guard let name = path.first else { return false }
        return isNameMatch(first[...], name[...]) && isMatch(pattern.dropFirst(), path.dropFirst())
    }

    static func isNameMatch(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        switch first {
        case "*": return (0...name.count).contains { isNameMatch(pattern.dropFirst(), name.dropFirst($0)) }
        case "?": return !name.isEmpty && isNameMatch(pattern.dropFirst(), name.dropFirst())
        case "[":
            let end = pattern.firstIndex(of: "]")!
            let isNegated = pattern[pattern.startIndex + 1] == "!"
            let listed = pattern[(pattern.startIndex + (isNegated ? 2 : 1))..<end]
            guard let character = name.first, listed.contains(character) != isNegated else { return false }
            return isNameMatch(pattern[(end + 1)...], name.dropFirst())
        default: return name.first == first && isNameMatch(pattern.dropFirst(), name.dropFirst())
        }
    }
}

@Suite("One filter says which files are taken")
struct PathFilterTests {
    static func decision(_ include: [String], _ exclude: [String], _ path: String) throws -> PathFilter.Decision {
        try PathFilter(include: include, exclude: exclude).decision(forFile: Array(path.utf8))
    }

    @Test func aPatternWithoutSlashIsAboutNames() throws {
        #expect(try Self.decision(["*.jpg"], [], "a/b/c.JPG") == .taken)
        #expect(try Self.decision(["*.jpg"], [], "a.jpg/c.png") == .notIncluded)
    }

    @Test func aPatternWithSlashIsAboutPaths() throws {
        #expect(try Self.decision(["raw/*.jpg"], [], "raw/c.jpg") == .taken)
        #expect(try Self.decision(["raw/*.jpg"], [], "x/raw/c.jpg") == .notIncluded)
        #expect(try Self.decision(["raw/**"], [], "raw/x/c.jpg") == .taken)
    }

    @Test func anExcludedFolderIsExcludedWithEverythingInside() throws {
        let path = "a/.cache/b/c.png"
        #expect(try Self.decision(["*"], [".*"], path) == .excluded(pattern: ".*", path: Array("a/.cache".utf8)))
        #expect(
            try Self.decision(["*"], ["a/.cache"], path)
                == .excluded(pattern: "a/.cache", path: Array("a/.cache".utf8)))
        #expect(try Self.decision(["*"], ["cache"], path) == .taken)
        #expect(try Self.decision(["*"], ["*.PNG"], path) == .excluded(pattern: "*.PNG", path: Array(path.utf8)))
        let filter = try PathFilter(include: ["*"], exclude: ["tmp/**"])
        #expect(filter.excludes(folder: Array("tmp/x".utf8)))
        #expect(!filter.excludes(folder: Array("tmp".utf8)))
        #expect(!filter.takes(file: Array("tmp/x".utf8)))
    }
}
