import NetworkKernels
import ONNX

/// A layer that applies a function of two numbers to every pair of elements, with broadcasting.
protocol ArithmeticLayer: Layer {
    init()
    static var function: BinaryFunction { get }
    /// The same for whole numbers; the result wraps around where the element type is too narrow for it.
    static func integer(_ a: Int, _ b: Int) throws(LayerError) -> Int
}

extension ArithmeticLayer {
    static var inputCount: ClosedRange<Int> { 2...2 }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    init(_ node: inout AttributeReader) throws(LayerError) {
        // Until operator set 6, `broadcast` lets the second input repeat; it lies at the last axes, as it has since,
        // unless `axis` says otherwise, which is refused as unknown.
        if node.opset < 7 { node.ignore("broadcast", "consumed_inputs") }
        self.init()
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let a = try inputs.type(0, .float32, .int64, .int32, .uint8, .int8), b = try inputs.type(1)
        guard a.element == b.element else { throw .type("inputs are \(a.element) and \(b.element)") }
        return [ValueFacts(try TensorType(a.element, broadcast([a.shape, b.shape])))]
    }

    func run(_ run: LayerRun) throws(LayerError) {
        if run.output().element == .float32 {
            apply(Self.function, run)
        } else {
            try forEachPairOfIntegers(run.input(0), run.input(1), run.output(), Self.integer)
        }
    }
}

/// A float32 function over two broadcast inputs.
///
/// - Parameter rightShape: the second input's shape where another of as many elements is meant.
func apply(_ function: BinaryFunction, _ run: LayerRun, rightShape: [Int]? = nil) {
    let a = run.input(0).floats, b = run.input(1).floats, out = run.output().floats
    let rows = BroadcastRows([run.input(0).shape, rightShape ?? run.input(1).shape], to: run.output().shape)
    guard let left = a.baseAddress, let right = b.baseAddress, let target = out.baseAddress, !out.isEmpty else {
        return
    }
    if rows.rowCount == 1 {
        run.workers.forEachRange(of: rows.rowLength, length: parallelThreshold) { range in
            let from = range.lowerBound
            loops.apply(
                function, left + from * rows.steps[0], step: rows.steps[0], right + from * rows.steps[1],
                step: rows.steps[1],
                to: target + from, count: range.count)
        }
        return
    }
    let perPiece = max(1, parallelThreshold / rows.rowLength)
    run.workers.forEachRange(of: rows.rowCount, length: perPiece) { range in
        for row in range {
            loops.apply(
                function, left + rows.offset(ofRow: row, input: 0), step: rows.steps[0],
                right + rows.offset(ofRow: row, input: 1), step: rows.steps[1],
                to: target + row * rows.rowLength, count: rows.rowLength)
        }
    }
}

/// Calls `body` with the places of every output element and of the pair of elements that it is made of.
func forEachPair<Failure: Error>(
    _ a: TensorView, _ b: TensorView, _ output: TensorView,
    _ body: (_ out: Int, _ a: Int, _ b: Int) throws(Failure) -> Void
) throws(Failure) {
    if output.count == 0 { return }
    let rows = BroadcastRows([a.shape, b.shape], to: output.shape)
    for row in 0..<rows.rowCount {
        let i = rows.offset(ofRow: row, input: 0), j = rows.offset(ofRow: row, input: 1)
        for k in 0..<rows.rowLength {
            try body(row * rows.rowLength + k, i + k * rows.steps[0], j + k * rows.steps[1])
        }
    }
}

/// `output = body(a, b)` for every pair of whole numbers, with broadcasting.
func forEachPairOfIntegers(
    _ a: TensorView, _ b: TensorView, _ output: TensorView, _ body: (Int, Int) throws(LayerError) -> Int
) throws(LayerError) {
    try forEachPair(a, b, output) { place, i, j throws(LayerError) in
        output.setInteger(try body(a.integer(at: i), b.integer(at: j)), at: place)
    }
}
