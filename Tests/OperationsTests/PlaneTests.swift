import Raster
import Testing

@testable import Operations

@Suite("Planes are taken apart and put together")
struct PlaneTests {
    private func alpha(_ values: Values, _ layout: ChannelLayout) -> Values {
        layout.hasAlpha ? values.plane(layout.count - 1) : Values(values.size, channels: 1) { _, _, _ in 255 }
    }

    @Test(arguments: ChannelLayout.allCases, [SampleType.uint8, .uint16])
    func everyPlaneOfASplit(_ layout: ChannelLayout, _ type: SampleType) throws {
        let picture = Picture(random: 1, 19, 7, layout, type)
        let values = picture.values
        for (index, name) in ["r", "g", "b", "a"].enumerated() {
            let result = try Steps(
                #"{ "op": "split", "as": ["r", "g", "b", "a"] }"#, #"{ "op": "merge", "from": "\#(name)" }"#
            ).run(picture)
            let expected = index == 3 ? alpha(values, layout) : values.plane(min(index, layout.colorCount - 1))
            #expect(result.values == expected)
        }
    }

    @Test(arguments: [SampleType.uint8, .uint16]) func channelsChangePlaces(_ type: SampleType) throws {
        let picture = Picture(random: 1, 19, 7, .rgb, type)
        let result = try Steps(
            #"{ "op": "split", "as": ["r", "g", "b"] }"#, #"{ "op": "merge", "from": ["b", "r", "g"] }"#
        ).run(picture)
        let values = picture.values
        #expect(result.values == Values(picture.size, channels: 3) { x, y, c in values[x, y, (c + 2) % 3] })
    }

    @Test func planesOfDifferentArithmeticKeepTheirValues() throws {
        let picture = Picture(random: 1, 19, 7, .rgb)
        let result = try Steps(
            #"{ "op": "split", "as": ["r", "g", "b"] }"#,
            #"{ "op": "convolve", "from": "r", "kernel": "blur", "as": "r2" }"#,
            #"{ "op": "apply", "from": "g", "function": "sigmoid", "gain": 0.1, "as": "g2" }"#,
            #"{ "op": "merge", "from": ["r2", "g", "b"], "as": "whole" }"#,
            #"{ "op": "merge", "from": ["r2", "g2", "b"] }"#
        ).run(picture)
        let values = picture.values
        let blurred = values.convolved(with: ConvolutionKernel(NamedKernel.blur.weights, divisor: 9))
        #expect(result.values.plane(0).distance(to: blurred.plane(0)) < 1e-4)
        #expect(result.values.plane(2).distance(to: values.plane(2)) < 1e-4)
        let whole = try Steps(
            #"{ "op": "split", "as": ["r", "g", "b"] }"#,
            #"{ "op": "convolve", "from": "r", "kernel": "blur", "as": "r2" }"#,
            #"{ "op": "merge", "from": ["r2", "g", "b"] }"#
        ).run(picture)
        #expect(whole.format.isExact)
        for i in whole.bytes.indices {
            #expect(whole.bytes[i] == (i % 3 == 0 ? blurred.bytes[i] : UInt8(picture.samples[i])))
        }
    }

    @Test(arguments: ChannelLayout.allCases, [SampleType.uint8, .uint16])
    func lumaIsThatOfRec601(_ layout: ChannelLayout, _ type: SampleType) throws {
        let picture = Picture(random: 1, 67, 7, layout, type)
        let values = picture.values
        let expected = Values(picture.size, channels: 1) { x, y, _ in
            layout.colorCount == 1
                ? values[x, y, 0] : (299 * values[x, y, 0] + 587 * values[x, y, 1] + 114 * values[x, y, 2]) / 1000
        }
        let luma = try Steps(#"{ "op": "channel", "channel": "luma" }"#).run(picture)
        #expect(luma.values.distance(to: expected) < (type == .uint8 ? 1e-10 : 1e-4))
        if type == .uint8 { #expect(luma.bytes == expected.bytes) }
        let gray = try Steps(#"{ "op": "gray" }"#).run(picture).values
        #expect(gray.plane(0).distance(to: luma.values) < 1e-4)
        #expect(gray.channels == (layout.hasAlpha ? 2 : 1))
        if layout.hasAlpha { #expect(gray.plane(1).distance(to: alpha(values, layout)) < 1e-4) }
    }

    @Test(arguments: ChannelLayout.allCases) func everyChannelHasAName(_ layout: ChannelLayout) throws {
        let picture = Picture(random: 1, 19, 7, layout)
        let values = picture.values
        for (name, index) in [("red", 0), ("green", 1), ("blue", 2)] {
            let result = try Steps(#"{ "op": "channel", "channel": "\#(name)" }"#).run(picture)
            #expect(result.values == values.plane(min(index, layout.colorCount - 1)))
        }
        #expect(try Steps(#"{ "op": "channel", "channel": "alpha" }"#).run(picture).values == alpha(values, layout))
    }

    @Test func aMergeTakesPlanesOfOneSize() throws {
        let (gray, colour) = (Picture(random: 1, 4, 4), Picture(random: 1, 4, 4, .rgb))
        let step = #"{ "op": "merge", "from": ["input", "b"] }"#
        #expect(throws: OperationError.self) { try Steps(step).run(gray, with: ["b": colour]) }
        #expect(throws: OperationError.self) { try Steps(step).run(gray, with: ["b": Picture(random: 1, 4, 5)]) }
        #expect(throws: OperationError.self) {
            try Steps(#"{ "op": "split", "as": ["gray"] }"#).run(colour)
        }
    }

    @Test func everyOperationIsRegisteredOnceAndItsExamplesAreSteps() throws {
        let names = OperationRegistry.operations.map { $0.step.name }
        #expect(Set(names).count == names.count)
        for type in OperationRegistry.operations {
            #expect(!type.step.examples.isEmpty, "\(type.step.name)")
            for example in type.step.examples { #expect(Steps(example).faults() == "", "\(example)") }
        }
    }
}
