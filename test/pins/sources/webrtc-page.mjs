// Two connections of one page, over loopback. Defines meet(line): how it ends when the caller shows the page's certificate, and the
// called expects what the line says ('' leaves the browser's own line), and what certificates were told of.
const certificate = await RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' });

const stayOnLoopback = (sdp) => sdp.replace(/^(?<head>a=candidate:\S+ \d+ udp \d+ )\S+/gm, '$<head>127.0.0.1');

const description = (peer) =>
  new Promise((done) => {
    peer.addEventListener('icegatheringstatechange', () => {
      if (peer.iceGatheringState === 'complete') done(stayOnLoopback(peer.localDescription.sdp));
    });
  });

const end = (peer) =>
  new Promise((done) => {
    peer.addEventListener('connectionstatechange', () => {
      if (peer.connectionState === 'failed') done('failed');
    });
    peer.addEventListener('datachannel', ({ channel }) => {
      channel.addEventListener('message', ({ data }) => done(data));
    });
  });

globalThis.meet = async (line) => {
  const [caller, called] = [new RTCPeerConnection({ certificates: [certificate] }), new RTCPeerConnection()];
  const channel = caller.createDataChannel('pinned');
  channel.addEventListener('open', () => channel.send('hello'));
  const [offer, answer, ended] = [description(caller), description(called), end(called)];
  await caller.setLocalDescription();
  const told = line === '' ? await offer : (await offer).replace(/^a=fingerprint:.*$/m, line);
  await called.setRemoteDescription({ type: 'offer', sdp: told });
  await called.setLocalDescription();
  await caller.setRemoteDescription({ type: 'answer', sdp: await answer });
  const outcome = await ended;
  const stats = [...(await called.getStats()).values()];
  caller.close();
  called.close();
  const certificates = stats.filter(({ type }) => type === 'certificate').map((one) => one.base64Certificate);
  return JSON.stringify({ outcome, certificates, own: certificate.getFingerprints()[0].value });
};
