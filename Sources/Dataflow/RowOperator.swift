import Raster

/// How an operator reads one of its inputs.
public enum InputAccess: Sendable, Equatable {
    /// Rows in order, within a window that moves down the picture.
    case rows
    /// Any row at any time: the input is finished before the operator begins.
    case whole
}

/// Samples that must lie left and right of every row of an input.
public struct RowMargin: Sendable, Equatable {
    /// Pixels.
    public var left: Int
    public var right: Int
    public var border: BorderMode

    public init(left: Int, right: Int, border: BorderMode) {
        self.left = left
        self.right = right
        self.border = border
    }

    public static let none = RowMargin(left: 0, right: 0, border: .replicate)
}

/// Computes rows of one field from rows of others.
///
/// An operator is a value that any number of threads use at once; what it needs while it works lies in `scratch`.
/// The result of a row depends on nothing but the input rows, never on which other rows are asked for in the same call.
public protocol RowOperator: Sendable {
    /// One line for a plan that people read: what is done and in which arithmetic.
    var summary: String { get }
    var output: FieldFormat { get }

    /// The rows of input `input`, all inside its picture, that `rows` of the output depend on; both bounds grow with
    /// `rows`. Not asked for an input that is read whole.
    func inputRows(_ input: Int, for rows: Range<Int>) -> Range<Int>
    func access(_ input: Int) -> InputAccess
    func margin(_ input: Int) -> RowMargin

    /// The operator that does the same for an input in `format`, which is that input's own without its alpha; nil where the
    /// result depends on that alpha. Its output may be without alpha as well, if it was only passed on.
    func reading(_ input: Int, as format: FieldFormat) -> (any RowOperator)?

    /// Bytes of scratch memory for one thread. It is zeroed once and then belongs to one run of rows, from top to bottom.
    var scratchByteCount: Int { get }

    /// Bytes that `prepare` takes while it works with `width` threads, and those that its result holds.
    func preparationByteCount(width: Int) -> Int

    /// Runs once before the first row when an input is read whole; what it returns is handed to every `compute`.
    func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)?

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork)
}

/// What a call of `compute` may use besides its rows.
public struct OperatorWork {
    public let scratch: UnsafeMutableRawPointer
    /// The value that `prepare` returned.
    public let prepared: (any Sendable)?
}

extension RowOperator {
    public func inputRows(_ input: Int, for rows: Range<Int>) -> Range<Int> { rows }
    public func access(_ input: Int) -> InputAccess { .rows }
    public func margin(_ input: Int) -> RowMargin { .none }
    public func reading(_ input: Int, as format: FieldFormat) -> (any RowOperator)? { nil }
    public var scratchByteCount: Int { 0 }
    public func preparationByteCount(width: Int) -> Int { 0 }
    public func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)? { nil }
}

/// Reads whole fields and returns no field: a measurement, a search for places, a network whose result is a label.
public protocol FieldReader: Sendable {
    var summary: String { get }
    func margin(_ input: Int) -> RowMargin
    func read(_ inputs: [RowWindow], context: RunContext) throws
}

extension FieldReader {
    public func margin(_ input: Int) -> RowMargin { .none }
}
