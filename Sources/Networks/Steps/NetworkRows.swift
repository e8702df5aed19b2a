import Dataflow
import Inference
import Operations
import Raster

/// Runs a network on a whole input, and gives what it found as rows of float32.
///
/// The one way by which networks stand in a graph: a barrier behind the input, which is small, and before whatever
/// depends on the result.
struct NetworkRows: RowOperator {
    let network: PictureNetwork
    let input: FieldFormat
    let output: FieldFormat
    /// Of the step, for faults.
    let key: String
    let summary: String
    private let runBytes: Int
    private let bytesPerThread: Int
    /// The samples of the output, row after row, out of what the network gave.
    private let interpret: @Sendable ([String: Tensor]) throws(OperationError) -> [Float]

    init(
        _ network: PictureNetwork, input: FieldFormat, output: FieldFormat, key: String,
        interpret: @escaping @Sendable ([String: Tensor]) throws(OperationError) -> [Float]
    ) throws(OperationError) {
        self.network = network
        self.input = input
        self.output = output
        self.key = key
        self.interpret = interpret
        do throws(InferenceError) {
            let plan = try network.plan()
            bytesPerThread = plan.pieceByteCount
            runBytes = plan.peakByteCount - plan.pieceByteCount
            summary =
                "\(network.network.file) on \(input.size), \(plan.report.count) layers, "
                + "\(plan.multiplicationCount / 1_000_000) million multiplications, float32"
        } catch {
            throw OperationError("network", error.description)
        }
    }

    func access(_ input: Int) -> InputAccess { .whole }

    func preparationByteCount(width: Int) -> Int {
        let elements = input.size.pixelCount * network.packing.channelCount
        return runBytes + width * bytesPerThread + 2 * 4 * elements + 4 * output.size.height * output.samplesPerRow
    }

    func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)? {
        try context.checkCancellation()
        let outputs: [String: Tensor]
        do throws(InferenceError) {
            outputs = try network.run(
                network.packing.elements(of: inputs[0], input), workers: Workers(context.workers),
                isCancelled: { (try? context.checkCancellation()) == nil })
        } catch {
            // What stopped it says why.
            try context.checkCancellation()
            throw StepError(key, OperationError("network", error.description))
        }
        do throws(OperationError) {
            return try interpret(outputs)
        } catch {
            throw StepError(key, error)
        }
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        guard let samples = work.prepared as? [Float] else { return }
        let count = self.output.samplesPerRow
        samples.withUnsafeBufferPointer { samples in
            for y in rows {
                output.row(y, as: Float.self).update(from: samples.baseAddress! + y * count, count: count)
            }
        }
    }
}
