/// A pattern for names and paths.
///
/// | written | matches |
/// |---|---|
/// | `*` | any characters but `/`, also none |
/// | `?` | one character but `/` |
/// | `[abc]`, `[a-z]`, `[!abc]` | one character out of some, or none of them; never `/` |
/// | `**` between slashes | any folders, also none: `**/a`, `a/**/b`; at the end, `a/**`, everything inside |
/// | `\` | takes away the meaning of the next character |
///
/// A pattern is matched against the whole of what it is given. It works on bytes: a character is a code point where the
/// bytes are UTF-8, else one byte. Case counts, unless `ignoringCase` is set; then A to Z match a to z. Matching takes
/// time in proportion to the lengths of pattern and path multiplied, whatever the pattern.
public struct Glob: Sendable, Hashable {
    /// The pattern as it was written.
    public let pattern: String
    public let ignoresCase: Bool
    private let components: [Component]

    private enum Component: Sendable, Hashable {
        /// `**`
        case anyFolders
        case name([Token])
    }

    enum Token: Sendable, Hashable {
        case anyRun
        case anyCharacter
        case character(UInt32)
        case oneOf([ClosedRange<UInt32>], isNegated: Bool)
    }

    /// Why a text is no pattern.
    public enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        case empty, containsNUL, unclosedBracket, emptyBracket, reversedRange, danglingBackslash, braces, emptyComponent

        public var description: String {
            switch self {
            case .empty: "it is empty"
            case .containsNUL: "it contains a NUL character"
            case .unclosedBracket: "a \"[\" is not closed"
            case .emptyBracket: "nothing stands between \"[\" and \"]\""
            case .reversedRange: "a range in brackets ends before it begins"
            case .danglingBackslash: "nothing follows the last backslash"
            case .braces: "alternatives in braces are not supported"
            case .emptyComponent: "it begins or ends with a slash, or has two in a row"
            }
        }

        public var hint: String? {
            switch self {
            case .empty: "\"*\" matches every name"
            case .unclosedBracket: "a bracket itself is written \"\\\\[\" in JSON"
            case .braces: "give several patterns in a list; a brace itself is written \"\\\\{\" in JSON"
            case .emptyComponent: "patterns are relative to the folder; everything inside a folder is \"folder/**\""
            case .containsNUL, .emptyBracket, .reversedRange, .danglingBackslash: nil
            }
        }
    }

    /// `*`
    static let everyName = Glob()

    private init() {
        pattern = "*"
        ignoresCase = false
        components = [.name([.anyRun])]
    }

    public init(_ pattern: String, ignoringCase: Bool = false) throws(Failure) {
        guard !pattern.isEmpty else { throw .empty }
        guard !pattern.utf8.contains(0) else { throw .containsNUL }
        self.pattern = pattern
        ignoresCase = ignoringCase
        var parser = GlobParser(scalars: Array(pattern.unicodeScalars), ignoresCase: ignoringCase)
        var components: [Component] = []
        while true {
            let name = try parser.component()
            guard !name.isEmpty else { throw .emptyComponent }
            if name == [.anyRun, .anyRun] {
                if components.last != .anyFolders { components.append(.anyFolders) }
            } else {
                components.append(.name(name))
            }
            guard parser.skipSlash() else { break }
        }
        self.components = components
    }

    /// Whether the pattern has several components and is therefore about paths, not about names alone.
    public var namesFolders: Bool {
        guard components.count == 1, case .name = components[0] else { return true }
        return false
    }

    public func matches(_ path: String) -> Bool { matches(Array(path.utf8)[...]) }
    public func matches(_ path: [UInt8]) -> Bool { matches(path[...]) }

    /// Whether the pattern matches a path, whose components are separated by `/`.
    public func matches(_ path: ArraySlice<UInt8>) -> Bool {
        let names = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // Where a component does not match, only the last `**` takes one folder more: what an earlier one could take
        // instead, the last one can take as well.
        var component = 0
        var name = 0
        var retry: (component: Int, name: Int)?
        while name < names.count {
            if component < components.count {
                switch components[component] {
                case .anyFolders:
                    // A last `**` stands for something inside, so it takes a name at least.
                    if component == components.count - 1 { return true }
                    component += 1
                    retry = (component, name)
                    continue
                case .name(let tokens):
                    if matches(tokens, names[name]) {
                        component += 1
                        name += 1
                        continue
                    }
                }
            }
            guard let again = retry else { return false }
            component = again.component
            name = again.name + 1
            retry = (component, name)
        }
        return component == components.count
    }

    private func matches(_ tokens: [Token], _ name: ArraySlice<UInt8>) -> Bool {
        var token = 0
        var offset = name.startIndex
        var retry: (token: Int, offset: Int)?
        while offset < name.endIndex {
            let (character, length) = Self.character(of: name, at: offset)
            if token < tokens.count {
                if case .anyRun = tokens[token] {
                    token += 1
                    retry = (token, offset)
                    continue
                }
                if accepts(tokens[token], character) {
                    token += 1
                    offset += length
                    continue
                }
            }
            guard let again = retry else { return false }
            token = again.token
            offset = again.offset + Self.character(of: name, at: again.offset).length
            retry = (token, offset)
        }
        return tokens[token...].allSatisfy { $0 == .anyRun }
    }

    private func accepts(_ token: Token, _ character: UInt32) -> Bool {
        switch token {
        case .anyRun, .anyCharacter: return true
        case .character(let wanted): return wanted == (ignoresCase ? Self.folded(character) : character)
        case .oneOf(let ranges, let isNegated):
            var isListed = ranges.contains { $0.contains(character) }
            if ignoresCase, !isListed, let other = Self.otherCase(character) {
                isListed = ranges.contains { $0.contains(other) }
            }
            return isListed != isNegated
        }
    }

    /// Bytes that are not UTF-8 get numbers of their own beyond Unicode.
    private static func character(of name: ArraySlice<UInt8>, at offset: Int) -> (UInt32, length: Int) {
        let byte = name[offset]
        if byte < 0x80 { return (UInt32(byte), 1) }
        guard let decoded = UTF8Decoding.scalar(in: name, at: offset, end: name.endIndex) else {
            return (0x11_0000 + UInt32(byte), 1)
        }
        return (decoded.scalar.value, decoded.length)
    }

    static func folded(_ character: UInt32) -> UInt32 {
        (0x41...0x5A).contains(character) ? character + 0x20 : character
    }

    private static func otherCase(_ character: UInt32) -> UInt32? {
        switch character {
        case 0x41...0x5A: character + 0x20
        case 0x61...0x7A: character - 0x20
        default: nil
        }
    }
}

/// Reads the components of a pattern one after the other.
private struct GlobParser {
    let scalars: [Unicode.Scalar]
    let ignoresCase: Bool
    var index = 0

    init(scalars: [Unicode.Scalar], ignoresCase: Bool) {
        self.scalars = scalars
        self.ignoresCase = ignoresCase
    }

    mutating func skipSlash() -> Bool {
        guard index < scalars.count else { return false }
        index += 1
        return true
    }

    mutating func component() throws(Glob.Failure) -> [Glob.Token] {
        var tokens: [Glob.Token] = []
        while index < scalars.count, scalars[index] != "/" {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "*": tokens.append(.anyRun)
            case "?": tokens.append(.anyCharacter)
            case "[": tokens.append(try bracket())
            case "{", "}": throw .braces
            case "\\":
                guard index < scalars.count, scalars[index] != "/" else { throw .danglingBackslash }
                tokens.append(literal(scalars[index]))
                index += 1
            default: tokens.append(literal(scalar))
            }
        }
        return tokens
    }

    private func literal(_ scalar: Unicode.Scalar) -> Glob.Token {
        .character(ignoresCase ? Glob.folded(scalar.value) : scalar.value)
    }

    private mutating func bracket() throws(Glob.Failure) -> Glob.Token {
        var isNegated = false
        if index < scalars.count, scalars[index] == "!" || scalars[index] == "^" {
            isNegated = true
            index += 1
        }
        var ranges: [ClosedRange<UInt32>] = []
        while true {
            guard index < scalars.count, scalars[index] != "/" else { throw .unclosedBracket }
            if scalars[index] == "]" {
                guard !ranges.isEmpty else { throw .emptyBracket }
                index += 1
                return .oneOf(ranges, isNegated: isNegated)
            }
            let first = try bracketCharacter()
            guard index + 1 < scalars.count, scalars[index] == "-", scalars[index + 1] != "]" else {
                ranges.append(first...first)
                continue
            }
            index += 1
            guard scalars[index] != "/" else { throw .unclosedBracket }
            let last = try bracketCharacter()
            guard first <= last else { throw .reversedRange }
            ranges.append(first...last)
        }
    }

    private mutating func bracketCharacter() throws(Glob.Failure) -> UInt32 {
        if scalars[index] == "\\" {
            index += 1
            guard index < scalars.count else { throw .danglingBackslash }
        }
        index += 1
        return scalars[index - 1].value
    }
}
