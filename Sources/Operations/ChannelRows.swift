import Dataflow
import Raster

/// One channel of interleaved rows as a plane of its own.
struct ExtractRows: RowOperator {
    let input: FieldFormat
    let output: FieldFormat
    let channel: Int
    var summary: String { "channel \(channel)" }

    func reading(_ input: Int, as format: FieldFormat) -> (any RowOperator)? {
        channel < format.channels ? ExtractRows(input: format, output: output, channel: channel) : nil
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            moveSamples(
                self.output.type, self.output.size.width, from: inputs[0].row(y), at: channel, step: input.channels,
                to: output.row(y), at: 0, step: 1)
        }
    }
}

/// Planes, or channels of pictures, put together into interleaved rows; all inputs have the output's type.
struct InterleaveRows: RowOperator {
    /// The input and the channel in it that each output channel is taken from, and how many channels that input has.
    struct Origin: Sendable {
        var input: Int
        var channel: Int
        var channels: Int
    }

    let origins: [Origin]
    let output: FieldFormat
    var summary: String { "put \(origins.count) channels together" }

    func reading(_ input: Int, as format: FieldFormat) -> (any RowOperator)? {
        var origins = origins
        for index in origins.indices where origins[index].input == input {
            guard origins[index].channel < format.channels else { return nil }
            origins[index].channels = format.channels
        }
        return InterleaveRows(origins: origins, output: output)
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            for (channel, origin) in origins.enumerated() {
                moveSamples(
                    self.output.type, self.output.size.width, from: inputs[origin.input].row(y), at: origin.channel,
                    step: origin.channels, to: output.row(y), at: channel, step: origins.count)
            }
        }
    }
}

/// `output[to + x · outputStep] = input[from + x · inputStep]` for `x` in `0..<count`.
func moveSamples(
    _ type: SampleType, _ count: Int, from input: UnsafeRawPointer, at from: Int, step inputStep: Int,
    to output: UnsafeMutableRawPointer, at to: Int, step outputStep: Int
) {
    func move<Word>(_ word: Word.Type) {
        let input = input.assumingMemoryBound(to: word) + from
        let output = output.assumingMemoryBound(to: word) + to
        for x in 0..<count { output[x * outputStep] = input[x * inputStep] }
    }
    switch type.byteCount {
    case 1: move(UInt8.self)
    case 2: move(UInt16.self)
    default: move(UInt32.self)
    }
}
