// Google's own Node client against a server: PORT, CA, TOKEN, INPUT, IMAGE and OUTPUT come from the environment.
// Prints one line of JSON with what the calls gave.
const fs = require('fs');
const vision = require('@google-cloud/vision');
const {grpc} = require('google-gax');

const token = (_, give) => {
  const metadata = new grpc.Metadata();
  metadata.add('authorization', `Bearer ${process.env.TOKEN}`);
  give(null, metadata);
};

async function main() {
  const client = new vision.ImageAnnotatorClient({
    servicePath: 'localhost',
    port: Number(process.env.PORT),
    projectId: 'lab',
    sslCreds: grpc.credentials.combineChannelCredentials(
      grpc.credentials.createSsl(fs.readFileSync(process.env.CA)),
      grpc.credentials.createFromMetadataGenerator(token),
    ),
  });
  const request = {
    requests: [
      {
        inputConfig: {gcsSource: {uri: process.env.INPUT}, mimeType: 'application/pdf'},
        features: [{type: 'DOCUMENT_TEXT_DETECTION'}],
        outputConfig: {gcsDestination: {uri: process.env.OUTPUT}, batchSize: 2},
      },
    ],
  };
  const [operation] = await client.asyncBatchAnnotateFiles(request);
  const [result, metadata] = await operation.promise();
  const checked = await client.checkAsyncBatchAnnotateFilesProgress(operation.name);
  const [images] = await client.asyncBatchAnnotateImages({
    requests: [{image: {source: {imageUri: process.env.IMAGE}}, features: [{type: 'DOCUMENT_TEXT_DETECTION'}]}],
    outputConfig: {gcsDestination: {uri: `${process.env.OUTPUT}images/`}},
  });
  const [imagesResult] = await images.promise();
  let unknown;
  try {
    await client.checkAsyncBatchAnnotateFilesProgress('projects/lab/operations/0000000000000000');
  } catch (error) {
    unknown = error.code;
  }
  console.log(
    JSON.stringify({
      name: operation.name,
      output: result.responses[0].outputConfig.gcsDestination.uri,
      imagesOutput: imagesResult.outputConfig.gcsDestination.uri,
      state: metadata.state,
      done: checked.done,
      unknown,
    }),
  );
  await client.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
