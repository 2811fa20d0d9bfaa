// Verifies credentials with the Data Integrity libraries of Digital Bazaar, offline:
// node verify.mjs FILE… prints "verified" or "refused" for each.
import fs from 'node:fs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as eddsa from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as ecdsa from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import jsigs from 'jsonld-signatures';

async function verify(document) {
  const id = document.proof.verificationMethod;
  const publicKeyMultibase = id.split('#')[1];
  const controller = 'did:key:' + publicKeyMultibase;
  const method = {'@context': 'https://w3id.org/security/multikey/v1', id, type: 'Multikey', controller, publicKeyMultibase};
  const documents = {
    [id]: method,
    [controller]: {'@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'], id: controller, assertionMethod: [method]},
  };
  const documentLoader = async url => {
    if(!documents[url]) throw new Error('asks for ' + url);
    return {documentUrl: url, document: documents[url]};
  };
  const library = document.proof.cryptosuite === 'eddsa-jcs-2022' ? eddsa : ecdsa;
  const suite = new DataIntegrityProof({cryptosuite: library.createVerifyCryptosuite()});
  const purpose = new jsigs.purposes.AssertionProofPurpose();
  const result = await jsigs.verify(document, {suite, purpose, documentLoader});
  return result.verified;
}

for(const file of process.argv.slice(2)) {
  const document = JSON.parse(fs.readFileSync(file, 'utf8'));
  console.log(await verify(document) ? 'verified' : 'refused');
}
