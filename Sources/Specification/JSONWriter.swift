/// Writes JSON: the same value gives the same bytes, always.
public enum JSONWriter {
    public enum Style: Sendable {
        /// Without any blank space, on one line.
        case compact
        /// Two spaces a level; a list or object that fits into what is left of 100 columns stands on one line, unless
        /// it holds an object.
        case pretty
    }

    /// The value as JSON, without a line end behind it. Numbers that are not finite become null.
    public static func text(_ node: JSONNode, style: Style = .compact) -> String {
        var text = ""
        switch style {
        case .compact: writeCompact(node, to: &text)
        case .pretty: writePretty(node, level: 0, column: 0, to: &text)
        }
        return text
    }

    /// A text as a JSON string with its quotation marks. Control characters, DEL, and the line and paragraph
    /// separators are escaped.
    public static func quoted(_ string: String) -> String {
        var text = ""
        writeQuoted(string, to: &text)
        return text
    }

    static let width = 100

    private static func writeCompact(_ node: JSONNode, to text: inout String) {
        switch node {
        case .array(let nodes):
            text += "["
            for (index, item) in nodes.enumerated() {
                if index > 0 { text += "," }
                writeCompact(item, to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                writeQuoted(member.key, to: &text)
                text += ":"
                writeCompact(member.value, to: &text)
            }
            text += "}"
        default:
            writeScalar(node, to: &text)
        }
    }

    private static func writePretty(_ node: JSONNode, level: Int, column: Int, to text: inout String) {
        if !node.holdsObject, let line = inline(node, limit: width - column) {
            text += line
            return
        }
        let indent = String(repeating: "  ", count: level + 1)
        let close = "\n" + String(repeating: "  ", count: level)
        switch node {
        case .array(let nodes):
            text += "["
            for (index, item) in nodes.enumerated() {
                text += (index > 0 ? ",\n" : "\n") + indent
                writePretty(item, level: level + 1, column: indent.utf8.count + 1, to: &text)
            }
            text += close + "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                let key = quoted(member.key) + ": "
                text += (index > 0 ? ",\n" : "\n") + indent + key
                let column = indent.utf8.count + key.unicodeScalars.count + 1
                writePretty(member.value, level: level + 1, column: column, to: &text)
            }
            text += close + "}"
        default:
            writeScalar(node, to: &text)
        }
    }

    /// The node on one line; nil where it is longer than the limit.
    private static func inline(_ node: JSONNode, limit: Int) -> String? {
        switch node {
        case .array(let nodes):
            return enclosed(nodes.lazy.map { (nil, $0) }, "[", "]", limit: limit)
        case .object(let members):
            return members.isEmpty
                ? "{}" : enclosed(members.lazy.map { (quoted($0.key) + ": ", $0.value) }, "{ ", " }", limit: limit)
        default:
            var text = ""
            writeScalar(node, to: &text)
            return text
        }
    }

    private static func enclosed(
        _ items: some Sequence<(String?, JSONNode)>, _ open: String, _ close: String, limit: Int
    ) -> String? {
        var text = open
        for (key, node) in items {
            if text.utf8.count > open.utf8.count { text += ", " }
            guard let line = inline(node, limit: limit) else { return nil }
            text += (key ?? "") + line
            guard text.unicodeScalars.count + close.utf8.count <= limit else { return nil }
        }
        return text + close
    }

    private static func writeScalar(_ node: JSONNode, to text: inout String) {
        switch node {
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? numberText(value) : "null"
        case .string(let value): writeQuoted(value, to: &text)
        case .null, .array, .object: text += "null"
        }
    }

    private static func writeQuoted(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar.value {
            case 0x22: text += "\\\""
            case 0x5C: text += "\\\\"
            case 0..<0x20: text += escapeSequence(for: UInt8(scalar.value))
            case 0x7F...0x9F, 0x2028, 0x2029: text += "\\u\(hexadecimal(scalar.value, digits: 4))"
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSONNode {
    /// Whether an object stands somewhere inside a list or object.
    fileprivate var holdsObject: Bool {
        switch self {
        case .array(let nodes): nodes.contains { $0.isObject || $0.holdsObject }
        case .object(let members): members.contains { $0.value.isObject || $0.value.holdsObject }
        default: false
        }
    }

    private var isObject: Bool {
        if case .object = self { true } else { false }
    }
}
