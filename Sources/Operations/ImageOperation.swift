import Dataflow
import Kernels
import Specification

/// Why an operation cannot take its inputs: told at load where it is known then, else for the picture at hand.
public struct OperationError: Error, Sendable, Equatable {
    /// Stable kebab-case name.
    public let code: String
    public let message: String
    public let hint: String?
    /// The key that is to blame; nil for the step as a whole.
    public let key: String?

    public init(_ code: String, _ message: String, hint: String? = nil, key: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.key = key
    }
}

/// What an operation may know while it adds its operators to a graph.
public struct LoweringContext: Sendable {
    /// Key under which the operation reports what it finds.
    public var stepKey: String
    /// Rewrites that are allowed; tests switch them off one by one.
    public var rewrites: Set<Rewrite>
    /// For steps that turn the picture by what was found in it, by their keys: quarters clockwise.
    public var quarterTurns: [String: Int] = [:]
    /// The machine code of the hot loops; tests choose it.
    public var loops: HotLoops
    /// Planes that the decoder can give as they are stored, with the value that they belong to.
    public var lumaPlane: (of: FieldID, plane: FieldID)?
    /// For values that come from the decoder as they are: what it can give at a fraction of the size.
    public var reduced: [FieldID: [ReducedPicture]] = [:]

    public init(
        stepKey: String, rewrites: Set<Rewrite> = Set(Rewrite.allCases), loops: HotLoops = .current
    ) {
        self.stepKey = stepKey
        self.rewrites = rewrites
        self.loops = loops
    }
}

/// A way of computing that gives the same result sooner.
public enum Rewrite: String, Sendable, CaseIterable {
    /// 16-bit integers where the interval of the values allows it.
    case narrowIntegers = "narrow-integers"
    /// Intervals found for chains of convolutions as a whole.
    case wholeChains = "whole-chains"
    /// Convolutions that follow one another as one kernel.
    case joinedKernels = "joined-kernels"
    /// Kernels of rank 1 as two passes.
    case separable
    /// Kernel rows that are equal are added up first.
    case foldedRows = "folded-rows"
    /// Four rows of bytes in one multiplication.
    case byteQuads = "byte-quads"
    /// Sums over squares go on from row to row.
    case runningSums = "running-sums"
    /// Point functions of few different values as tables.
    case tables
    /// Rounding in the operator that computes the samples.
    case fusedRounding = "fused-rounding"
    /// Large kernels of real numbers by spectra of rows: within the bound of the error that the plan tells, not the same
    /// to the last bit.
    case spectra
    /// The decoder passes over rows that nothing depends on.
    case skippedRows = "skipped-rows"
    /// The decoder leaves out alpha that nothing depends on.
    case droppedAlpha = "dropped-alpha"
}

/// One step of the pipeline language that makes values of others, with the values of its keys.
///
/// Every file of such a step has: what it computes, the table of its keys, the check of its types, and how it becomes
/// row operators.
public protocol StepOperation: Sendable {
    /// Name, keys, ranges, defaults and meanings: the one place from which parser, schema and reference read them.
    static var step: StepDescription { get }

    /// Whether the picture before the step, and not a picture that is its result, is what a next step without `from`
    /// reads: of steps whose result is a mask.
    static var keepsPicture: Bool { get }

    /// What the values that `from` names may be. A step without `from` reads the latest value of one of these kinds.
    static var inputKinds: Set<ValueKind> { get }

    /// Keys, besides `from`, that hold names of values; those values follow the inputs that `from` names.
    static var valueKeys: [ValueKey] { get }

    /// Whether the operation tells something about the picture (`RunContext.report`), so that it is of use even where no
    /// step reads its result.
    static var findsSomething: Bool { get }

    /// Files that results depend on besides the pipeline's own, each stamped before it was read.
    var files: [FileStamp] { get }

    /// Bytes that stay in memory for all pictures, by what they belong to, so that what steps share is counted once.
    var kept: [ObjectIdentifier: Int] { get }

    /// The weights that slide over the picture, for people to look at; nil where there are none.
    var kernelGrid: [[Double]]? { get }

    /// The types of the results.
    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType]

    /// Adds the operators; returns as many fields as `resultTypes` has types.
    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
}

extension StepOperation {
    public static var keepsPicture: Bool { false }
    public static var inputKinds: Set<ValueKind> { [.picture] }
    public static var valueKeys: [ValueKey] { [] }
    public static var findsSomething: Bool { false }
    public var files: [FileStamp] { [] }
    public var kept: [ObjectIdentifier: Int] { [:] }
    public var kernelGrid: [[Double]]? { nil }
}

/// A step that is known by its keys alone.
public protocol ImageOperation: StepOperation {
    /// Reads the keys; faults are recorded in the reader, and the value is then not used.
    init(_ reader: inout ParameterReader)
}

/// A key that holds the name of a value.
public struct ValueKey: Sendable, ExpressibleByStringLiteral {
    public let key: String
    public let kinds: Set<ValueKind>
    /// Whether, where the key is left out, the latest value of these kinds is read, if there is one.
    public let takesLatest: Bool

    public init(_ key: String, _ kinds: Set<ValueKind>, takesLatest: Bool = false) {
        self.key = key
        self.kinds = kinds
        self.takesLatest = takesLatest
    }

    public init(stringLiteral key: String) { self.init(key, [.picture]) }
}
