/// The name of an output with words in braces: `{folder}/{stem}.{ext}`.
public struct OutputTemplate: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case text([UInt8])
        case word(Word)
    }

    enum Word: String, Sendable, CaseIterable {
        case folder, stem, ext, label
    }

    let parts: [Part]
    public let text: String

    /// Why a text is no template.
    struct Fault: Error {
        let message: String
        let hint: String
    }

    /// A folder below the output folder; `.` is the output folder itself.
    init(folder: String) throws(Fault) {
        var text = folder
        while text.hasSuffix("/"), text.count > 1 { text.removeLast() }
        try self.init(text)
    }

    init(_ text: String) throws(Fault) {
        var parts: [Part] = []
        var literal: [UInt8] = []
        var rest = Substring(text)
        while let character = rest.first {
            if character == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Fault(message: "a brace is opened and not closed", hint: "write {stem}")
                }
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                guard let word = Word(rawValue: name) else {
                    let known = Word.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
                    throw Fault(message: "{\(name)} is no word of a template", hint: "there are \(known)")
                }
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = []
                parts.append(.word(word))
                rest = rest[rest.index(after: end)...]
            } else {
                literal += Array(String(character).utf8)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
        if text.hasPrefix("/") || text.split(separator: "/").contains("..") {
            throw Fault(
                message: "an output stays inside the output folder", hint: "leave out the leading slash and ..")
        }
        if text.isEmpty || text.hasSuffix("/") {
            throw Fault(message: "the name of the file is missing", hint: "end with {stem}.{ext}")
        }
        self.parts = parts
        self.text = text
    }

    /// A label as part of a path: one component, of printable characters, that is neither hidden nor too long.
    static func component(_ label: String) -> [UInt8] {
        var text = String(
            label.unicodeScalars.map { scalar in
                scalar == "/" || scalar.properties.generalCategory == .control ? "_" : Character(scalar)
            })
        if text.hasPrefix(".") { text = "_" + text.dropFirst() }
        while text.utf8.count > 100 { text.removeLast() }
        return Array((text.isEmpty ? "unlabelled" : text).utf8)
    }

    /// What follows the last point of the file's name, in small letters; `{ext}` where that word follows it, and nil
    /// where there is no point.
    var ending: String? {
        var name = Substring(text)
        if let slash = name.lastIndex(of: "/") { name = name[name.index(after: slash)...] }
        guard let point = name.lastIndex(of: ".") else { return name == "{ext}" ? "{ext}" : nil }
        return name[name.index(after: point)...].lowercased()
    }

    func contains(_ word: Word) -> Bool { parts.contains(.word(word)) }

    /// The relative path for one picture; slashes that a word without content leaves behind are taken out.
    func path(for name: PictureName, fileExtension: [UInt8], label: [UInt8]?) -> [UInt8] {
        var path: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let bytes): path += bytes
            case .word(.folder): path += name.folder
            case .word(.stem): path += name.stem
            case .word(.ext): path += fileExtension
            case .word(.label): path += label ?? Array("unlabelled".utf8)
            }
        }
        let components = path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual([UInt8(ascii: ".")]) }
        return Array(components.joined(separator: [UInt8(ascii: "/")]))
    }
}
