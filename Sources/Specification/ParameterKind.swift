/// What a value may be. The parser, the schema, the reference and the error messages all read it.
public indirect enum ParameterKind: Sendable {
    case boolean
    /// A whole number; `3.0` is one too. Bounds of `Int.min` and `Int.max` are open.
    case integer(ClosedRange<Int>)
    /// A finite number. Infinite bounds, and those of greatest magnitude, are open; a lower bound of
    /// `Double.leastNonzeroMagnitude` means "more than 0".
    case number(ClosedRange<Double>)
    case string
    /// One of some words.
    case choice([String])
    /// Bytes: a whole number, or a text such as `"512MiB"`.
    case byteCount(ClosedRange<Int>)
    /// Time: seconds as a number, or a text such as `"500ms"`.
    case duration
    /// A colour as `"#rrggbb"`.
    case colour
    /// Rows of numbers, all of one length, at least 1×1.
    case matrix(maxRows: Int, maxColumns: Int)
    case list(ParameterKind, count: ClosedRange<Int>)
    /// An object with these keys and no others (but `x-` ones).
    case object([ParameterDescription])
    /// An object whose keys are free and whose values are of one kind.
    case map(ParameterKind)
    /// Whichever of these fits first.
    case anyOf([ParameterKind])
    /// The name of an earlier step's result.
    case valueName
    /// A text in which `{stem}` and other words in braces are replaced.
    case template
    /// The path of a file or folder; relative ones start at the folder of the document.
    case path
    /// A pattern for names and relative paths.
    case glob
    case anyJSON
}

/// One key of a step or of an object: the table from which everything about it is told.
public struct ParameterDescription: Sendable {
    public let key: String
    public let kind: ParameterKind
    public let isRequired: Bool
    /// The default as JSON; nil where there is none.
    public let defaultText: String?
    /// What one of the value is: `pixels`, `seconds`.
    public let unit: String?
    /// What it does, in one line.
    public let meaning: String

    public init(
        key: String, kind: ParameterKind, isRequired: Bool = false, defaultText: String? = nil, unit: String? = nil,
        meaning: String
    ) {
        self.key = key
        self.kind = kind
        self.isRequired = isRequired
        self.defaultText = defaultText
        self.unit = unit
        self.meaning = meaning
    }
}

/// One step of the pipeline language: its name and the table of its keys.
public struct StepDescription: Sendable {
    public let name: String
    /// What the step does, in one line.
    public let summary: String
    public let parameters: [ParameterDescription]
    /// How many values `from` may name. `1...1` is a name; more is a list of names; `0...0` forbids the key.
    public let inputs: ClosedRange<Int>
    /// How many names `as` may give.
    public let results: ClosedRange<Int>
    /// Formula, edge rules and whatever else a user should know, in Markdown.
    public let notes: String
    /// Steps as one would write them, each a JSON object.
    public let examples: [String]

    public init(
        name: String, summary: String, parameters: [ParameterDescription] = [], inputs: ClosedRange<Int> = 1...1,
        results: ClosedRange<Int> = 1...1, notes: String = "", examples: [String] = []
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.inputs = inputs
        self.results = results
        self.notes = notes
        self.examples = examples
    }
}
