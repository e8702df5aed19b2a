import Raster

/// A field of a graph.
public struct FieldID: Sendable, Hashable {
    let index: Int
}

/// Gives the rows of a picture in order: a decoder, or a test.
public protocol RowSource: AnyObject {
    func read(rows: Int, into rowStart: UnsafeMutableRawPointer, bytesPerRow: Int) throws
    /// Passes over the next rows, which nobody reads.
    func skip(rows: Int) throws
    /// Called once, after the last row.
    func finish() throws
}

/// Takes the rows of a picture in order: an encoder, or a test.
public protocol RowSink: AnyObject {
    func write(rows: Int, from rowStart: UnsafeRawPointer, bytesPerRow: Int) throws
    /// Called once, after the last row.
    func finish() throws
}

/// Operators and the fields between them, in an order in which they can be computed.
public struct Graph: Sendable {
    enum Origin: Sendable {
        case source(Int)
        case computed(any RowOperator, inputs: [FieldID])
    }

    struct Field: Sendable {
        var origin: Origin
        var format: FieldFormat
        var margin: RowMargin
        /// Whether a consumer has settled the border mode of the margin.
        var hasBorder: Bool
    }

    private(set) var fields: [Field] = []
    private(set) var readers: [(reader: any FieldReader, inputs: [FieldID])] = []
    /// In order of `sink` calls: the field whose rows sink `i` takes.
    private(set) var sinks: [FieldID] = []
    private(set) var sourceCount = 0
    /// What is known of a field besides its format; only whoever made it understands it.
    private var notes: [FieldID: any Sendable] = [:]

    public init() {}

    public func format(of field: FieldID) -> FieldFormat { fields[field.index].format }

    public func format(ofSource number: Int) -> FieldFormat { fields[field(ofSource: number).index].format }

    func field(ofSource number: Int) -> FieldID {
        FieldID(index: fields.firstIndex { if case .source(number) = $0.origin { true } else { false } }!)
    }

    public mutating func note(_ note: any Sendable, about field: FieldID) { notes[field] = note }
    public func note(about field: FieldID) -> (any Sendable)? { notes[field] }

    /// The operator that computes a field and what it reads; nil for a source.
    public func origin(of field: FieldID) -> (any RowOperator, [FieldID])? {
        guard case .computed(let op, let inputs) = fields[field.index].origin else { return nil }
        return (op, inputs)
    }

    /// How many fields and readers there are so far: a place in the graph for `summaries`.
    public var mark: (fields: Int, readers: Int) { (fields.count, readers.count) }

    /// One line for each operator that anything depends on, in order.
    public var summaries: [String] { summaries(from: (0, 0), to: mark) }

    /// One line for each operator between two marks that anything depends on, in order.
    public func summaries(from start: (fields: Int, readers: Int), to end: (fields: Int, readers: Int)) -> [String] {
        let live = SegmentPlan.live(self)
        return (start.fields..<end.fields).compactMap { index in
            guard live[index], case .computed(let op, _) = fields[index].origin else { return nil }
            return op.summary
        } + readers[start.readers..<end.readers].map(\.reader.summary)
    }

    /// A picture that comes from outside; sources are numbered from 0 in the order of these calls.
    public mutating func source(_ format: FieldFormat) -> FieldID {
        fields.append(Field(origin: .source(sourceCount), format: format, margin: .none, hasBorder: false))
        sourceCount += 1
        return FieldID(index: fields.count - 1)
    }

    public mutating func add(_ op: any RowOperator, _ inputs: [FieldID]) -> FieldID {
        let inputs = inputs.indices.map { demand(op.margin($0), of: inputs[$0]) }
        fields.append(
            Field(origin: .computed(op, inputs: inputs), format: op.output, margin: .none, hasBorder: false))
        return FieldID(index: fields.count - 1)
    }

    public mutating func add(_ reader: any FieldReader, _ inputs: [FieldID]) {
        let inputs = inputs.indices.map { demand(reader.margin($0), of: inputs[$0]) }
        readers.append((reader, inputs))
    }

    /// Sends the rows of `field` outside; sinks are numbered from 0 in the order of these calls.
    ///
    /// The rows lie in a window of their own, so `field` has to be computed and is read by nothing else.
    public mutating func sink(_ field: FieldID) {
        precondition(!isSource(field), "a sink takes a computed field")
        sinks.append(field)
    }

    /// Sends the rows of any field outside, as the next sink, whoever else reads it.
    public mutating func tap(_ field: FieldID) { sink(copy(of: field)) }

    /// Whether any sink or reader depends on a source.
    public func isRead(source: Int) -> Bool {
        let live = SegmentPlan.live(self)
        return fields.indices.contains { index in
            if case .source(source) = fields[index].origin { live[index] } else { false }
        }
    }

    /// Computes a field in another way.
    mutating func replace(_ field: FieldID, by op: any RowOperator, of inputs: [FieldID]) {
        fields[field.index].origin = .computed(op, inputs: inputs)
        fields[field.index].format = op.output
    }

    /// Takes a source in another format.
    mutating func replace(_ source: FieldID, by format: FieldFormat) {
        precondition(isSource(source))
        fields[source.index].format = format
    }

    private func isSource(_ field: FieldID) -> Bool {
        if case .source = fields[field.index].origin { true } else { false }
    }

    private mutating func copy(of field: FieldID) -> FieldID {
        fields.append(
            Field(
                origin: .computed(CopyRows(format: format(of: field)), inputs: [field]),
                format: format(of: field), margin: .none, hasBorder: false))
        return FieldID(index: fields.count - 1)
    }

    /// Widens the margin of `field`; where another consumer has another border mode, a copy gets the margin instead.
    private mutating func demand(_ margin: RowMargin, of field: FieldID) -> FieldID {
        precondition(!sinks.contains(field), "nothing else reads a field that goes to a sink")
        guard margin.left > 0 || margin.right > 0 else { return field }
        var target = field
        // The rows of a source belong to whoever gives them and have no room for a margin.
        if isSource(field) || (fields[field.index].hasBorder && fields[field.index].margin.border != margin.border) {
            target = copy(of: field)
        }
        fields[target.index].hasBorder = true
        let old = fields[target.index].margin
        fields[target.index].margin = RowMargin(
            left: max(old.left, margin.left), right: max(old.right, margin.right), border: margin.border)
        return target
    }
}

/// The same rows again, where one field has to lie in memory twice.
struct CopyRows: RowOperator {
    let format: FieldFormat
    var summary: String { "copy" }
    var output: FieldFormat { format }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            output.row(y).copyMemory(from: inputs[0].row(y), byteCount: format.bytesPerRow)
        }
    }

    func reading(_ input: Int, as format: FieldFormat) -> (any RowOperator)? { CopyRows(format: format) }
}
