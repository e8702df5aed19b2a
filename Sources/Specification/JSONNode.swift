/// A JSON value to be written; objects keep the order of their keys.
public indirect enum JSONNode: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// Not finite ones have no JSON; see ``JSONWriter``.
    case number(Double)
    case string(String)
    case array([JSONNode])
    case object([(key: String, value: JSONNode)])

    /// An object without the keys whose value is nil.
    public static func object(compacting members: [(key: String, value: JSONNode?)]) -> JSONNode {
        .object(members.compactMap { member in member.value.map { (member.key, $0) } })
    }

    /// What was read, for writing it again; an invalid value becomes null.
    public init(_ value: JSONValue) {
        switch value.content {
        case .null, .invalid: self = .null
        case .bool(let bool): self = .bool(bool)
        case .number(let number, _): self = value.integer.map(JSONNode.integer) ?? .number(number)
        case .string(let string): self = .string(string)
        case .array(let values): self = .array(values.map(JSONNode.init))
        case .object(let members): self = .object(members.map { ($0.key.text, JSONNode($0.value)) })
        }
    }
}

extension JSONNode: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONNode...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONNode)...) {
        self = .object(elements.map { ($0.0, $0.1) })
    }
}
